// The program for a projector or a browser source: black until the first picture, then always the last one.

import { Picture } from "./picture.js";

const FITS = ["letterbox", "crop", "stretch"];

const fit = new URLSearchParams(location.search).get("fit");
if (FITS.includes(fit)) document.body.dataset.fit = fit;
new Picture(document.getElementById("picture"), "full");
