/** The words of a reply: paragraphs, lists, bold and code. Links stay text, so that no answer can lure anybody away. */

import { make } from "./dom.js";

const BULLET = /^\s*[-*•]\s+/;
const NUMBERED = /^\s*\d+[.)]\s+/;
const HEADING = /^#{1,6}\s+/;
const FENCE = /^```/;

/** Bring a place up to date with a growing text; what has not changed is left in peace. */
export function drawProse(place, text) {
  const blocks = blocksOf(text);
  blocks.forEach((block, at) => {
    const drawn = place.children[at];
    if (drawn?.source === block.source) return;
    const fresh = drawBlock(block);
    fresh.source = block.source;
    if (drawn) drawn.replaceWith(fresh);
    else place.append(fresh);
  });
  while (place.children.length > blocks.length) place.lastChild.remove();
}

function blocksOf(text) {
  const blocks = [];
  let open = null;
  for (const line of text.split("\n")) {
    const kind = kindOf(line, open);
    if (kind === "gap") open = null;
    else if (open?.kind === kind && kind !== "heading") open.lines.push(line);
    else blocks.push((open = { kind, lines: [line] }));
    if (kind === "code" && FENCE.test(line) && open.lines.length > 1) open = null;
  }
  return blocks.map((block) => ({ ...block, source: `${block.kind}\n${block.lines.join("\n")}` }));
}

function kindOf(line, open) {
  if (open?.kind === "code" || FENCE.test(line)) return "code";
  if (!line.trim()) return "gap";
  if (BULLET.test(line)) return "bullets";
  if (NUMBERED.test(line)) return "numbers";
  return HEADING.test(line) ? "heading" : "paragraph";
}

function drawBlock({ kind, lines }) {
  if (kind === "code") return make("pre", {}, make("code", {}, lines.filter((line) => !FENCE.test(line)).join("\n")));
  if (kind === "heading") return make("p.heading", {}, ...inline(lines[0].replace(HEADING, "")));
  if (kind === "bullets") return make("ul", {}, ...lines.map((line) => item(line, BULLET)));
  if (kind === "numbers") {
    return make("ol", { start: parseInt(lines[0], 10) }, ...lines.map((line) => item(line, NUMBERED)));
  }
  return make("p", {}, ...lines.flatMap((line, at) => (at ? [make("br"), ...inline(line)] : inline(line))));
}

function item(line, mark) {
  return make("li", {}, ...inline(line.replace(mark, "")));
}

function inline(text) {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
    if (/^\*\*[^*]+\*\*$/.test(part)) return make("strong", {}, part.slice(2, -2));
    return /^`[^`]+`$/.test(part) ? make("code", {}, part.slice(1, -1)) : part;
  });
}
