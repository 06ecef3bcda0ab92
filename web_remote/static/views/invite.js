// How a phone gets in without typing: the addresses with their keys, each as a code for its camera.

import { make, makeButton } from "../widgets/element.js";

const WORDS = {
  operator: ["Remote", "Plays the show. Give it only to those who may."],
  viewer: ["Watch", "Shows everything and can press nothing."],
  output: ["Output", "The picture alone, for a projector or a browser source."],
};

// invitations: as in hello. Gives the dialog.
export function buildInvitations(invitations) {
  const dialog = make("dialog", "overlay invite");
  dialog.ariaLabel = "Addresses";
  const list = make("div", "invitations");
  for (const { for: whom, address, qr } of invitations) {
    const [title, doc] = WORDS[whom] ?? [whom, ""];
    const card = list.appendChild(make("section"));
    card.append(make("h3", "", title), make("p", "", doc), picture(qr, `Code for ${title.toLowerCase()}`), make("code", "address", address));
  }
  const reaches = invitations.some((each) => each.is_lan);
  const note = reaches ? "" : "Only this machine can open these. Start latentdeck with --lan to let phones in.";
  dialog.append(make("h2", "", "Open on another device"), list, make("p", "invite-note", note), makeButton("Close", "", () => dialog.close()));
  return dialog;
}

// The code comes as SVG text; as a picture it can hold no script that runs.
function picture(svg, label) {
  const image = make("img");
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  image.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
  image.src = address;
  image.alt = label;
  return image;
}
