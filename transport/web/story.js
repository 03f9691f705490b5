/** What the events of a conversation add up to: turns, oldest first. Knows nothing of the page. */

const OVER = ["completed", "failed", "cancelled"];

function newTurn(question, database, run) {
  return {
    question,
    database,
    runs: new Set([run]),
    status: "running",
    error: null,
    interrupts: [],
    ...unanswered(),
  };
}

/** What a turn holds before anything has come. A part is always replaced, so that a view sees by identity what is new. */
export function unanswered() {
  return { notes: [], answer: "", results: [], charts: [], sql: null, evidence: null, usage: null, suggestions: [] };
}

/** Takes events in order with `take` and keeps `turns` up to date. */
export class Story {
  turns = [];
  #run = null;

  /** The turn that is being worked on or was last worked on, or undefined. */
  get last() {
    return this.turns.at(-1);
  }

  /** Whether the service is at work on an answer. */
  get running() {
    return this.last?.status === "running";
  }

  /** Take one event of the wire. */
  take({ method, params, event_id: id }) {
    const data = params?.data ?? {};
    if (method === "lifecycle") this.#lifecycle(data);
    else if (method === "custom" && data.name === "asked") this.#asked(data.payload);
    else if (this.last) this.#fill(this.#current(), method, data, id);
  }

  #asked({ question, database, run_id: run }) {
    const known = this.turns.find((turn) => turn.runs.has(run));
    // The same run from its start again: another process has taken it over, or it goes on after an interrupt.
    if (known) Object.assign(known, unanswered(), { status: "running" });
    else {
      if (this.last?.status === "interrupted") passOver(this.last);
      this.turns.push(newTurn(question, database, run));
    }
  }

  // The protocol has no word for a run that was cancelled or recovered; our own stands beside its.
  #lifecycle({ event: theirs, status: event = theirs, run_id: run, error }) {
    this.#run = run;
    const turn = this.turns.find((each) => each.runs.has(run));
    if (!turn) return;
    if (event === "running" || event === "recovered") this.#resume(turn);
    else if (event === "interrupted" || OVER.includes(event)) turn.status = event;
    if (OVER.includes(event)) closeInterrupts(turn);
    turn.error = event === "failed" ? error || "Something went wrong on the way to an answer." : null;
  }

  #resume(turn) {
    turn.status = "running";
    turn.notes = turn.notes.filter((note) => note.kind !== "step" || note.ms !== null);
    closeInterrupts(turn);
  }

  // A run that goes on after an interrupt may bear a new number, and is still the same turn.
  #current() {
    if (this.last.status === "interrupted" && this.#run && !this.last.runs.has(this.#run)) {
      this.last.runs.add(this.#run);
      this.#resume(this.last);
    }
    return this.last;
  }

  #fill(turn, method, data, id) {
    if (method === "messages") say(turn, data);
    else if (method === "input.requested") turn.interrupts = [...turn.interrupts, newInterrupt(data)];
    else if (method === "values") conclude(turn, data);
    else if (method === "custom") NAMED[data.name]?.(turn, data.payload, id);
  }
}

function newInterrupt({ interrupt_id: id, payload }) {
  return { id, payload, open: true };
}

function closeInterrupts(turn) {
  turn.interrupts = turn.interrupts.map((each) => (each.open ? { ...each, open: false } : each));
}

// Who is asked back may just ask something else.
function passOver(turn) {
  closeInterrupts(turn);
  turn.status = "cancelled";
}

// Whoever answered, and on which device: the words stand where the question back stood.
function answered(turn, { interrupt_id: id, response, by }) {
  const words = typeof response === "string" ? response : DECIDED[response?.decision];
  const said = by === "default" ? `${words} – nobody answered in time` : words;
  turn.interrupts = turn.interrupts.map((each) => (each.id === id ? { ...each, open: false, words: said } : each));
}

const DECIDED = { approve: "Approved", edit: "Run as edited", refuse: "Refused" };

function say(turn, data) {
  if (data.event === "message-start") turn.answer = "";
  else if (data.event === "content-block-delta") turn.answer += data.delta?.text ?? "";
  else if (data.event === "content-block-finish") turn.answer = data.content?.text ?? turn.answer;
}

function conclude(turn, { answer, sql }) {
  turn.answer = answer || turn.answer;
  turn.sql = sql ?? turn.sql;
}

function step(turn, { node, status, ms }) {
  if (status === "started") turn.notes = [...turn.notes, { kind: "step", node, ms: null }];
  else {
    const ended = (note) => note.node === node && note.ms === null;
    turn.notes = turn.notes.map((note) => (ended(note) ? { ...note, ms: ms ?? 0 } : note));
  }
}

// Of several questions in one each has its own result; a better draft's result replaces the one before it.
function arrive(turn, { columns, rows, offset, final, truncated, ms, part = 1 }) {
  const before = offset === 0 ? [] : (turn.results.find((each) => each.part === part)?.values ?? []);
  const result = { part, columns, values: [...before, ...rows], final, truncated, ms };
  turn.results = [...turn.results.filter((each) => each.part !== part), result];
  if (offset === 0) turn.charts = turn.charts.filter((each) => each.part !== part);
}

function draw(turn, { kind, part = 1 }, id) {
  turn.charts = [...turn.charts, { id, kind, part }];
}

function judge(turn, { approved, sql, reason }) {
  if (approved) turn.sql = sql;
  else turn.notes = [...turn.notes, { kind: "setback", text: reason || "That query would not do." }];
}

const NAMED = {
  step,
  rows: arrive,
  chart: draw,
  responded: answered,
  verdict: judge,
  context: (turn, { tables }) => {
    turn.notes = [...turn.notes, { kind: "tables", tables }];
  },
  draft: (turn, { sql }) => {
    turn.sql = sql;
  },
  evidence: (turn, evidence) => {
    turn.evidence = evidence;
    turn.sql = evidence.sql ?? turn.sql;
  },
  usage: (turn, usage) => {
    turn.usage = usage;
  },
  suggestions: (turn, { questions }) => {
    turn.suggestions = questions;
  },
};
