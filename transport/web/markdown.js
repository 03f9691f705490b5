/** Markdown subset for answers: paragraphs, lists, bold and code. Links stay text, to prevent phishing by answers. */

import { make } from "./dom.js";

const BULLET = /^\s*[-*•]\s+/;
const NUMBERED = /^\s*\d+[.)]\s+/;
const HEADING = /^#{1,6}\s+/;
const FENCE = /^```/;

/** Render growing text into an element; unchanged blocks keep their nodes. */
export function renderMarkdown(container, text) {
  const blocks = parseBlocks(text);
  blocks.forEach((block, index) => {
    const current = container.children[index];
    if (current?.source === block.source) return;
    const node = renderBlock(block);
    node.source = block.source;
    if (current) current.replaceWith(node);
    else container.append(node);
  });
  while (container.children.length > blocks.length) container.lastChild.remove();
}

function parseBlocks(text) {
  const blocks = [];
  let open = null;
  for (const line of text.split("\n")) {
    const kind = blockKind(line, open);
    if (kind === "gap") open = null;
    else if (open?.kind === kind && kind !== "heading") open.lines.push(line);
    else blocks.push((open = { kind, lines: [line] }));
    if (kind === "code" && FENCE.test(line) && open.lines.length > 1) open = null;
  }
  return blocks.map((block) => ({ ...block, source: `${block.kind}\n${block.lines.join("\n")}` }));
}

function blockKind(line, open) {
  if (open?.kind === "code" || FENCE.test(line)) return "code";
  if (!line.trim()) return "gap";
  if (BULLET.test(line)) return "bullets";
  if (NUMBERED.test(line)) return "numbers";
  return HEADING.test(line) ? "heading" : "paragraph";
}

function renderBlock({ kind, lines }) {
  if (kind === "code") return make("pre", {}, make("code", {}, lines.filter((line) => !FENCE.test(line)).join("\n")));
  if (kind === "heading") return make("p.heading", {}, ...inline(lines[0].replace(HEADING, "")));
  if (kind === "bullets") return make("ul", {}, ...lines.map((line) => listItem(line, BULLET)));
  if (kind === "numbers") {
    return make("ol", { start: parseInt(lines[0], 10) }, ...lines.map((line) => listItem(line, NUMBERED)));
  }
  return make("p", {}, ...lines.flatMap((line, index) => (index ? [make("br"), ...inline(line)] : inline(line))));
}

function listItem(line, marker) {
  return make("li", {}, ...inline(line.replace(marker, "")));
}

function inline(text) {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
    if (/^\*\*[^*]+\*\*$/.test(part)) return make("strong", {}, part.slice(2, -2));
    return /^`[^`]+`$/.test(part) ? make("code", {}, part.slice(1, -1)) : part;
  });
}
