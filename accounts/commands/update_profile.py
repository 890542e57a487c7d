"""Change what a person says about themselves."""

from accounts.models import User
from accounts.viewers import Viewer
from core.errors import NotSignedIn


def update_profile(*, viewer: Viewer, name: str, language: str) -> None:
    """Set the viewer's name and language. language: a code of settings.LANGUAGES. Raises: NotSignedIn."""
    if viewer.user_id is None:
        raise NotSignedIn
    User.objects.filter(pk=viewer.user_id).update(name=name, language=language)
