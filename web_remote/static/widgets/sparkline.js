// A small graph of the last values of one number.

import { make } from "./element.js";

const KEPT = 240; // two minutes at two a second
const HEIGHT = 36;

export class Sparkline {
  constructor(label) {
    this.values = [];
    this.canvas = make("canvas", "sparkline");
    this.canvas.role = "img";
    this.canvas.ariaLabel = label;
    this.context = this.canvas.getContext("2d");
  }

  add(value) {
    this.values.push(value);
    if (this.values.length > KEPT) this.values.shift();
  }

  draw() {
    const { canvas, context, values } = this;
    const width = canvas.clientWidth;
    const ratio = Math.min(2, devicePixelRatio);
    canvas.width = Math.round(width * ratio);
    canvas.height = HEIGHT * ratio;
    context.scale(ratio, ratio);
    const top = Math.max(1, ...values);
    const toX = (index) => width - (values.length - 1 - index) * (width / (KEPT - 1));
    const toY = (value) => HEIGHT - 2 - (value / top) * (HEIGHT - 4);
    context.beginPath();
    values.forEach((value, index) => context.lineTo(toX(index), toY(value)));
    context.strokeStyle = "#ebe8e3";
    context.lineWidth = 1.5;
    context.stroke();
  }
}
