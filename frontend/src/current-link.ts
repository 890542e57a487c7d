/** Moves each row of links sideways so that the page one is on is seen; rows that fit stay as they are. */
export function showCurrent(page: ParentNode): void {
  for (const row of page.querySelectorAll(".nav-row")) {
    const link = row.querySelector('[aria-current="page"]');
    if (link === null) continue;
    const [seen, wanted] = [row.getBoundingClientRect(), link.getBoundingClientRect()];
    row.scrollLeft += wanted.left + wanted.width / 2 - (seen.left + seen.width / 2);
  }
}
