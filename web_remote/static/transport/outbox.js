// What the hand wants, on its way to the show: values are gathered and sent once per animation frame, newest wins; whatever
// else is sent goes after them, so that nothing overtakes.

const LEAST_BETWEEN = 15; // ms: a 240 Hz screen must not send more than the server takes

export class Outbox {
  // link: a Link. refuse(sentence): told when there is no line.
  constructor(link, refuse) {
    this.link = link;
    this.refuse = refuse;
    this.gathered = new Map();
    this.flushedAt = 0;
    this.slide = this.slide.bind(this);
    this.send = this.send.bind(this);
  }

  // A value that changes while a slider moves.
  slide(name, value) {
    if (this.gathered.size === 0) requestAnimationFrame((now) => this.flushWhenDue(now));
    this.gathered.set(name, value);
  }

  send(message) {
    this.flush();
    if (!this.link.send(message)) this.refuse("Not sent: there is no connection to the show");
  }

  // What a hand wanted before the line broke is not wanted now.
  forget() {
    this.gathered.clear();
  }

  flushWhenDue(now) {
    if (this.gathered.size === 0) return;
    if (now - this.flushedAt < LEAST_BETWEEN) {
      requestAnimationFrame((later) => this.flushWhenDue(later));
      return;
    }
    this.flushedAt = now;
    this.flush();
  }

  flush() {
    for (const [name, value] of this.gathered) this.link.send({ set: name, value });
    this.gathered.clear();
  }
}
