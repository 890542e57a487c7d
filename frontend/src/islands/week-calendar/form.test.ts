import { beforeEach, expect, test, vi } from "vitest";

import { type WindowForm, windowForm } from "./form";

const onWindow = vi.fn();
const onBook = vi.fn();
const onEarly = vi.fn();
let form: HTMLFormElement;
let island: WindowForm;

const change = (name: string, value: string): void => {
  const input = form.querySelector<HTMLInputElement>(`[data-part="${name}"]`)!;
  input.value = value;
  input.dispatchEvent(new Event("change", { bubbles: true }));
};

beforeEach(() => {
  vi.clearAllMocks();
  document.body.innerHTML = `<form>
    <input type="date" data-part="start-date" value="2026-03-02"><input type="time" data-part="start-time" value="09:00">
    <input type="date" data-part="end-date" value="2026-03-02"><input type="time" data-part="end-time" value="10:30">
    <select data-detail name="places"><option value="2" selected>2</option></select>
    <select data-detail name="account"><option value="0" selected>myself</option></select>
    <input data-part="purpose" value="  leather  "><button data-part="book">Book</button></form>`;
  form = document.querySelector("form")!;
  island = windowForm(form, { onWindow, onBook, onEarly });
});

test("a typed end is a window", () => {
  change("end-time", "12:00");
  expect(onWindow).toHaveBeenCalledWith({ start: "2026-03-02T09:00", end: "2026-03-02T12:00" });
});

test("moving the start keeps the length, also over midnight", () => {
  change("start-time", "23:30");
  expect(onWindow).toHaveBeenCalledWith({ start: "2026-03-02T23:30", end: "2026-03-03T01:00" });
});

test("an unfinished input is no window", () => {
  change("end-time", "");
  expect(onWindow).toHaveBeenCalledWith(null);
});

test("another number of places is asked for with the same window", () => {
  form.querySelector("select")!.dispatchEvent(new Event("change", { bubbles: true }));
  expect(onWindow).toHaveBeenCalledWith({ start: "2026-03-02T09:00", end: "2026-03-02T10:30" });
});

test("details are numbers, and what is not chosen is left out", () => {
  expect(island.details()).toEqual({ places: 2 });
});

test("typing the purpose asks for no price", () => {
  change("purpose", "x");
  expect(onWindow).not.toHaveBeenCalled();
});

test("submitting books only when allowed", () => {
  const submit = (): boolean => form.dispatchEvent(new Event("submit", { cancelable: true }));
  island.allow(false);
  submit();
  expect(onBook).not.toHaveBeenCalled();
  expect(onEarly).toHaveBeenCalledOnce();
  island.allow(true, true);
  submit();
  expect(onBook).not.toHaveBeenCalled();
  expect(onEarly).toHaveBeenCalledOnce();
  island.allow(true);
  submit();
  expect(onBook).toHaveBeenCalledOnce();
  expect(island.purpose()).toBe("leather");
});

test("a button with an address of its own leads there", () => {
  const elsewhere = document.createElement("button");
  elsewhere.setAttribute("formaction", "/repeat/");
  form.append(elsewhere);
  island.allow(true);
  expect(form.dispatchEvent(new SubmitEvent("submit", { cancelable: true, submitter: elsewhere }))).toBe(true);
  expect(onBook).not.toHaveBeenCalled();
});

test("write shows a dragged window", () => {
  island.write({ start: "2026-03-04T14:00", end: "2026-03-04T16:00" });
  expect(island.read()).toEqual({ start: "2026-03-04T14:00", end: "2026-03-04T16:00" });
});
