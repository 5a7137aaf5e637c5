// What a training costs before it is run: the formula of aelib/distributed/costs.py, and numbers written as in
// aelib/widgets/costs.py.

const BYTES = 4; // of a number, float32
const PER_WEIGHT = 4; // numbers for each weight: itself, its gradient, and AdamW's two means
const PASSES = 3; // the way back takes twice as long as the way forward
const SIDE = 32; // of the pictures that multiply_adds and activations speak of
// Each lasts so many seconds, and is used below so many.
const UNITS = [
  ["second", 1, 60],
  ["minute", 60, 3600],
  ["hour", 3600, 48 * 3600],
  ["day", 86400, 730 * 86400],
  ["year", 365.25 * 86400, Infinity],
];
const PREFIXES = ["", "k", "M", "G", "T", "P", "E"];

/** Return what a plan costs, which has the fields of Python's Plan: hours; money; memory, bytes in a worker; rate, pictures
 * a second of all workers; and sending, the share of the time that goes into it.
 */
export function costsOf(plan) {
  const { weights, activations, batch, workers, accumulate, sharded } = plan;
  const pixels = (plan.size / SIDE) ** 2;
  const operations = 2 * PASSES * plan.multiply_adds * pixels;
  const computing = (operations * batch * accumulate) / plan.speed;
  const rounds = sharded ? 3 * accumulate : 2;
  const sending = ((rounds * (workers - 1)) / workers) * BYTES * (weights / plan.bandwidth);
  const rate = (batch * accumulate * workers) / (computing + sending);
  const hours = (plan.pictures * plan.epochs) / rate / 3600;
  const kept = (PER_WEIGHT * weights) / (sharded ? workers : 1);
  return {
    hours,
    money: plan.price * workers * hours,
    memory: BYTES * (kept + activations * pixels * batch),
    rate,
    sending: sending / (computing + sending),
  };
}

/** Return how many times as fast as one worker so many are, by a plan, whatever number of them it has itself. */
export const timesAsFast = (plan, workers) =>
  costsOf({ ...plan, workers }).rate / costsOf({ ...plan, workers: 1 }).rate;

const rounded = (value, digits) => Number((value * (1 + 1e-12)).toPrecision(digits));

/** Return a number as it is, with commas between its thousands. */
export const grouped = (value) => value.toLocaleString("en", { maximumSignificantDigits: 15 });

/** Return a number with two digits that count: "0.034", "3.2", "1,200". */
export const written = (value) => (value > 0 && value < 0.001 ? "less than 0.001" : grouped(rounded(value, 2)));

/** Return a time in the unit that fits: "3.2 hours", "1 day". */
export function timeOf(hours) {
  const seconds = 3600 * hours;
  const [unit, length] = UNITS.find(([, , below]) => seconds < below);
  const text = written(seconds / length);
  return `${text} ${unit}${text === "1" ? "" : "s"}`;
}

/** Return a number of bytes, or of what else has such units, with three digits that count: "31.5 GB". */
export function inUnits(value, unit) {
  let number = rounded(value, 3);
  let power = 0;
  for (; number >= 1000 && power < PREFIXES.length - 1; power++) number /= 1000;
  return `${grouped(number)} ${PREFIXES[power]}${unit}`;
}
