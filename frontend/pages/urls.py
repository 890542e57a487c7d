"""Addresses of the pages. An address is a promise: people bookmark them and print them on paper."""

from django.urls import include, path

from frontend.pages import (
    attendance,
    booking,
    booking_fees,
    bookings,
    home,
    instrument,
    profile,
    search,
    series,
    sign_in,
    waitlist,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("instruments/", search.instruments, name="instruments"),
    path("instruments/<int:instrument_id>/card/", search.card, name="instrument-card"),
    path("instruments/<slug:slug>/", instrument.instrument, name="instrument"),
    path("instruments/<slug:slug>/free/", instrument.free_windows, name="instrument-free-windows"),
    path("instruments/<slug:slug>/book/", booking.book_instrument, name="instrument-book"),
    path("instruments/<slug:slug>/check-in/", attendance.here, name="instrument-check-in"),
    path("instruments/<slug:slug>/wait/", waitlist.wait, name="instrument-wait"),
    path("waitlist/<int:entry_id>/accept/", waitlist.accept, name="waitlist-accept"),
    path("waitlist/<int:entry_id>/decline/", waitlist.decline, name="waitlist-decline"),
    path("waitlist/<int:entry_id>/leave/", waitlist.leave, name="waitlist-leave"),
    path("instruments/<slug:slug>/repeat/", series.repeat_booking, name="instrument-repeat"),
    path("bookings/", bookings.bookings, name="bookings"),
    path("bookings/<int:reservation_id>/", bookings.booking, name="booking"),
    path("bookings/<int:reservation_id>/cancel/", bookings.cancel, name="booking-cancel"),
    path("bookings/<int:reservation_id>/waive-fee/", booking_fees.waive, name="booking-waive-fee"),
    path("bookings/<int:reservation_id>/move/", bookings.move, name="booking-move"),
    path("bookings/<int:reservation_id>/check-in/", attendance.begin, name="booking-check-in"),
    path("bookings/<int:reservation_id>/check-out/", attendance.end, name="booking-check-out"),
    path("bookings/<int:reservation_id>/extend/", attendance.extend, name="booking-extend"),
    path("bookings/<int:reservation_id>/no-show/", attendance.no_show, name="booking-no-show"),
    path("bookings/<int:reservation_id>/cancel-series/", series.cancel_several, name="booking-cancel-series"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("profile/", profile.profile, name="profile"),
    path("profile/tokens/", profile.create_token, name="create-token"),
    path("profile/tokens/<int:token_id>/revoke/", profile.revoke, name="revoke-token"),
    path("", include("frontend.pages.desk_urls")),
]
