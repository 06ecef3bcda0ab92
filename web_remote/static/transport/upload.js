// A picture or mask for a cue, on a connection of its own: a large file must not hold up a blackout. See web_remote/upload.py.

import { socketAddress, token } from "./link.js";

const PATIENCE = 60000; // ms: a photo over a weak Wi-Fi

// Gives the sentence that tells what came of it; throws an Error with one when it failed.
export async function uploadPicture(cue, file, use) {
  const socket = new WebSocket(socketAddress("ws/upload"));
  const timer = setTimeout(() => socket.close(), PATIENCE);
  try {
    return await converse(socket, { cue, use }, file);
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

function converse(socket, head, file) {
  return new Promise((resolve, reject) => {
    const fail = (text) => reject(new Error(text));
    socket.onopen = () => socket.send(JSON.stringify({ token }));
    socket.onclose = (event) => fail(event.reason || "the picture did not arrive: the connection broke");
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(data);
      if (answer.type === "kept") resolve(`${file.name} is there: a ${head.use} of the cue`);
      else if (answer.type === "error") fail(answer.text);
      else if (file.size > answer.max_bytes) fail(`${file.name} is larger than ${Math.floor(answer.max_bytes / 2 ** 20)} MB`);
      else socket.send(new Blob([JSON.stringify(head), "\n", file]));
    };
  });
}
