import { expect, test } from "vitest";

import { figuresOf, MOST_ROWS } from "./rows";

function table(rows: number): HTMLTableElement {
  const body = Array.from({ length: rows }, (_, n) => `<tr data-label="Lab ${n}" data-open="${n * 10}.5" data-booked="${n}"><td></td></tr>`);
  document.body.innerHTML = `<table><thead><tr><th>Institution</th><th data-series="open"> Open </th><th data-series="booked">Booked</th></tr></thead>
    <tbody>${body.join("")}</tbody><tfoot><tr><td>Total</td></tr></tfoot></table>`;
  return document.querySelector("table")!;
}

test("labels and series come from the table's own words and figures", () => {
  expect(figuresOf(table(2))).toEqual({
    labels: ["Lab 0", "Lab 1"],
    series: [
      { key: "open", name: "Open", values: [0.5, 10.5] },
      { key: "booked", name: "Booked", values: [0, 1] },
    ],
  });
});

test("a long table is charted only as far as bars stay readable", () => {
  expect(figuresOf(table(50)).labels).toHaveLength(MOST_ROWS);
});
