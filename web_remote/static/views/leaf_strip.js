// The pictures of the leaves side by side, each as wide as its part of the way: the whole transition at one glance.
//
// Drawn once into a canvas of its own; that is copied while the playhead moves.

export class LeafStrip {
  // thumbnail(number): the bitmap of a leaf, or undefined.
  constructor(thumbnail) {
    this.thumbnail = thumbnail;
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
    this.key = "";
  }

  // The pictures are to be looked up again.
  forget() {
    this.key = "";
  }

  // box: {left, top, width, height} in pixels of the page.
  draw(context, { leaves, thumbnails = [] }, { left, top, width, height }) {
    const ratio = Math.min(2, devicePixelRatio);
    const key = [width, height, ratio, leaves, thumbnails].join();
    if (key !== this.key) {
      this.key = key;
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.paint(leaves, thumbnails);
    }
    if (this.canvas.width) context.drawImage(this.canvas, left, top, width, height);
  }

  paint(leaves, thumbnails) {
    const { canvas, context } = this;
    const shown = leaves.map((leaf, index) => ({ leaf, bitmap: this.thumbnail(thumbnails[index]) })).filter(({ bitmap }) => bitmap);
    shown.forEach(({ leaf, bitmap }, index) => {
      const from = Math.round(canvas.width * (index === 0 ? 0 : (shown[index - 1].leaf + leaf) / 2));
      const to = Math.round(canvas.width * (index === shown.length - 1 ? 1 : (leaf + shown[index + 1].leaf) / 2));
      if (to <= from) return;
      // Whole in height and from its middle; a wide place shows more of it.
      const width = Math.min(bitmap.width, (bitmap.height * (to - from)) / canvas.height);
      context.drawImage(bitmap, (bitmap.width - width) / 2, 0, width, bitmap.height, from, 0, to - from, canvas.height);
    });
  }
}
