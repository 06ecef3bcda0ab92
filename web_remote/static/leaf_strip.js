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
    leaves.forEach((leaf, index) => {
      const bitmap = this.thumbnail(thumbnails[index]);
      if (!bitmap) return;
      const from = Math.round(canvas.width * (index === 0 ? 0 : (leaves[index - 1] + leaf) / 2));
      const to = Math.round(canvas.width * (index === leaves.length - 1 ? 1 : (leaf + leaves[index + 1]) / 2));
      if (to <= from) return;
      // Whole in height and from its middle; a wide place shows more of it.
      const shown = Math.min(bitmap.width, (bitmap.height * (to - from)) / canvas.height);
      context.drawImage(bitmap, (bitmap.width - shown) / 2, 0, shown, bitmap.height, from, 0, to - from, canvas.height);
    });
  }
}
