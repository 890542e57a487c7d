/** Reads a chart's figures from the table that people and screen readers have anyway. */
export interface Series {
  key: string;
  name: string;
  values: number[];
}

export interface Figures {
  labels: string[];
  series: Series[];
}

/** More bars than this are a smear: the table goes on, the chart stops. */
export const MOST_ROWS = 20;

export function figuresOf(table: HTMLTableElement): Figures {
  const rows = [...table.querySelectorAll<HTMLTableRowElement>("tbody tr[data-label]")].slice(0, MOST_ROWS);
  const heads = [...table.querySelectorAll<HTMLElement>("th[data-series]")];
  return {
    labels: rows.map((row) => row.dataset.label ?? ""),
    series: heads.map((head) => {
      const key = head.dataset.series ?? "";
      return { key, name: head.textContent.trim(), values: rows.map((row) => Number(row.dataset[key] ?? 0)) };
    }),
  };
}
