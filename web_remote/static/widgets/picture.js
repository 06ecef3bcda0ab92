// The program picture on a canvas: only the newest one is decoded, whatever arrives meanwhile, and the last one stays.

import { Link } from "../transport/link.js";

const SILENCE = 5000; // ms: far longer than any frame interval

export class Picture {
  // size: "preview" or "full". onShown() after each picture. onDown as in Link.
  constructor(canvas, size, { onShown, onDown }) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.onShown = onShown;
    this.newest = null;
    this.isDecoding = false;
    this.link = new Link("ws/program", {
      first: { size },
      silence: SILENCE,
      onMessage: (jpeg) => this.take(jpeg),
      onDown,
    });
  }

  take(jpeg) {
    this.newest = jpeg;
    if (!this.isDecoding) this.decode();
  }

  async decode() {
    this.isDecoding = true;
    while (this.newest !== null) {
      const jpeg = this.newest;
      this.newest = null;
      try {
        this.show(await createImageBitmap(jpeg));
      } catch (error) {
        console.warn("a picture could not be decoded", error); // the next one comes at once
      }
    }
    this.isDecoding = false;
  }

  show(bitmap) {
    const { canvas, context } = this;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      const frame = canvas.closest(".panes") ?? canvas; // both panes have the shape of the program
      frame.style.setProperty("--aspect", `${bitmap.width} / ${bitmap.height}`);
      frame.style.setProperty("--ratio", bitmap.width / bitmap.height);
    }
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    this.onShown();
  }
}
