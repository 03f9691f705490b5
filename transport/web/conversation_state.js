/** Conversation state: folds the events of a conversation into turns, oldest first. Independent of the DOM. */

const FINAL_STATUSES = ["completed", "failed", "cancelled"];

function newTurn(question, database, run) {
  return {
    question,
    database,
    runs: new Set([run]),
    status: "running",
    error: null,
    interrupts: [],
    ...emptyResult(),
  };
}

/** The result of a turn before any event. Parts are replaced, never mutated, so views can compare by identity. */
export function emptyResult() {
  return { steps: [], answer: "", results: [], charts: [], sql: null, evidence: null, usage: null, suggestions: [] };
}

/** Applies events in order with `apply` and keeps `turns` up to date. */
export class ConversationState {
  turns = [];
  #run = null;

  /** The latest turn, or undefined. */
  get last() {
    return this.turns.at(-1);
  }

  /** Whether a run is active. */
  get running() {
    return this.last?.status === "running";
  }

  /** Apply one event. */
  apply({ method, params, event_id: id }) {
    const data = params?.data ?? {};
    if (method === "lifecycle") this.#applyLifecycle(data);
    else if (method === "custom" && data.name === "asked") this.#applyAsked(data.payload);
    else if (this.last) this.#applyToTurn(this.#currentTurn(), method, data, id);
  }

  #applyAsked({ question, database, run_id: run }) {
    const turn = this.turns.find((candidate) => candidate.runs.has(run));
    // The same run starts over: another process has taken it over, or it continues after an interrupt.
    if (turn) Object.assign(turn, emptyResult(), { status: "running" });
    else {
      if (this.last?.status === "interrupted") cancel(this.last);
      this.turns.push(newTurn(question, database, run));
    }
  }

  // The protocol has no status for cancelled and recovered runs; the service's own is sent beside it.
  #applyLifecycle({ event, status = event, run_id: run, error }) {
    this.#run = run;
    const turn = this.turns.find((candidate) => candidate.runs.has(run));
    if (!turn) return;
    if (status === "running" || status === "recovered") this.#resume(turn);
    else if (status === "interrupted" || FINAL_STATUSES.includes(status)) turn.status = status;
    if (FINAL_STATUSES.includes(status)) closeInterrupts(turn);
    turn.error = status === "failed" ? error || "Something went wrong while answering." : null;
  }

  #resume(turn) {
    turn.status = "running";
    turn.steps = turn.steps.filter((step) => step.kind !== "step" || step.ms !== null);
    closeInterrupts(turn);
  }

  // A run that continues after an interrupt may have a new id, and still belongs to the same turn.
  #currentTurn() {
    if (this.last.status === "interrupted" && this.#run && !this.last.runs.has(this.#run)) {
      this.last.runs.add(this.#run);
      this.#resume(this.last);
    }
    return this.last;
  }

  #applyToTurn(turn, method, data, id) {
    if (method === "messages") applyMessage(turn, data);
    else if (method === "input.requested") turn.interrupts = [...turn.interrupts, newInterrupt(data)];
    else if (method === "values") applyValues(turn, data);
    else if (method === "custom") CUSTOM_EVENTS[data.name]?.(turn, data.payload, id);
  }
}

function newInterrupt({ interrupt_id: id, payload }) {
  return { id, payload, open: true };
}

function closeInterrupts(turn) {
  turn.interrupts = turn.interrupts.map((interrupt) => (interrupt.open ? { ...interrupt, open: false } : interrupt));
}

// A new question instead of a response cancels the interrupted run.
function cancel(turn) {
  closeInterrupts(turn);
  turn.status = "cancelled";
}

// The response may come from another device, or be the default.
function applyResponse(turn, { interrupt_id: id, response, by }) {
  const label = typeof response === "string" ? response : DECISION_LABELS[response?.decision];
  const text = by === "default" ? `${label} (default; no answer in time)` : label;
  turn.interrupts = turn.interrupts.map((interrupt) =>
    interrupt.id === id ? { ...interrupt, open: false, responseText: text } : interrupt,
  );
}

const DECISION_LABELS = { approve: "Approved", edit: "Run as edited", refuse: "Rejected" };

function applyMessage(turn, data) {
  if (data.event === "message-start") turn.answer = "";
  else if (data.event === "content-block-delta") turn.answer += data.delta?.text ?? "";
  else if (data.event === "content-block-finish") turn.answer = data.content?.text ?? turn.answer;
}

function applyValues(turn, { answer, sql }) {
  turn.answer = answer || turn.answer;
  turn.sql = sql ?? turn.sql;
}

function applyStep(turn, { node, status, ms }) {
  if (status === "started") turn.steps = [...turn.steps, { kind: "step", node, ms: null }];
  else {
    const isOpen = (step) => step.node === node && step.ms === null;
    turn.steps = turn.steps.map((step) => (isOpen(step) ? { ...step, ms: ms ?? 0 } : step));
  }
}

// Each part of a multi-part question has its own result; the result of a better draft replaces the earlier one.
function applyRows(turn, { columns, rows, offset, final, truncated, ms, part = 1 }) {
  const previous = offset === 0 ? [] : (turn.results.find((result) => result.part === part)?.values ?? []);
  const merged = { part, columns, values: [...previous, ...rows], final, truncated, ms };
  turn.results = [...turn.results.filter((result) => result.part !== part), merged];
  if (offset === 0) turn.charts = turn.charts.filter((chart) => chart.part !== part);
}

function applyChart(turn, { kind, part = 1 }, id) {
  turn.charts = [...turn.charts, { id, kind, part }];
}

function applyVerdict(turn, { approved, sql, reason }) {
  if (approved) turn.sql = sql;
  else turn.steps = [...turn.steps, { kind: "setback", text: reason || "The query was rejected." }];
}

const CUSTOM_EVENTS = {
  step: applyStep,
  rows: applyRows,
  chart: applyChart,
  responded: applyResponse,
  verdict: applyVerdict,
  context: (turn, { tables }) => {
    turn.steps = [...turn.steps, { kind: "tables", tables }];
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
