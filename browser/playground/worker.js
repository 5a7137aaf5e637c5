// Trains beside the page, so that the page stays quick. It is told { begin: settings of makeTraining }, and then
// whether to run: { run: true } or false. It answers with reports.

import { makeTraining } from "./training.js";

const TURN = 25; // milliseconds of training before it looks whether something was said
const BETWEEN_REPORTS = 150; // milliseconds, at least
const SHARE_OF_REPORTS = 1 / 6; // of the time, at most

let training = null;
let running = false;
let seconds = 0; // of training alone, as training.fit counts them
let reportAt = 0;

// To come back as soon as what was said has been read; setTimeout would wait for 4 ms.
const { port1, port2 } = new MessageChannel();
port2.onmessage = turn;

self.onmessage = ({ data }) => {
  if (data.begin) {
    training = makeTraining(data.begin);
    report(); // of what a network draws that has learnt nothing
  }
  if (data.run && !running) port1.postMessage(null);
  if (data.run === false && running) report();
  running = data.run ?? running;
};

function turn() {
  if (!running) return;
  const began = performance.now();
  while (performance.now() - began < TURN) training.step();
  seconds += (performance.now() - began) / 1000;
  if (performance.now() >= reportAt) report();
  port1.postMessage(null);
}

function report() {
  const began = performance.now();
  const content = training.report();
  const took = performance.now() - began;
  reportAt = began + Math.max(BETWEEN_REPORTS, took / SHARE_OF_REPORTS);
  const { codes, pictures, decoder } = content;
  self.postMessage({ ...content, seconds }, [codes.buffer, pictures.buffer, decoder.weights.buffer]);
}
