#!/usr/bin/env node
// Deterministic generator of a realistic home folder of AI-assistant logs, with a truth file.
//
//   node gen.mjs --out DIR --size 50MB [--days 90] [--seed 1] [--claude-share 0.75]
//                [--end 2026-11-20] [--codex-reemit 0.10] [--edges all|none|a,b,...]
//
// Makes   DIR/home/.claude/projects/<slug>/<session>.jsonl   (+ subagent and sidechain files)
//         DIR/home/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl
//         DIR/truth.json   exact expected sums per day (UTC) and model, after correct dedup,
//                          with the sums a reader gets when it makes a known mistake (variants).
//
// Run readers with HOME=DIR/home and TZ=UTC. Plain Node (>= 18), no dependencies.
// The same arguments give the same bytes (mtimes are set from the logs' own timestamps).
import fs from 'node:fs';
import path from 'node:path';

// ---------------------------------------------------------------- arguments
const argv = process.argv.slice(2);
const opt = (name, dflt) => {
  const i = argv.indexOf('--' + name);
  return i >= 0 ? argv[i + 1] : dflt;
};
const parseSize = s => {
  const m = /^([\d.]+)\s*(B|KB|MB|GB)?$/i.exec(s);
  if (!m) throw new Error('bad --size ' + s);
  return Math.round(Number(m[1]) * { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 }[(m[2] || 'B').toUpperCase()]);
};
const OUT = opt('out');
if (!OUT) {
  console.error('--out DIR is required');
  process.exit(2);
}
const SIZE = parseSize(opt('size', '50MB'));
const DAYS = Number(opt('days', '90'));
const SEED = Number(opt('seed', '1'));
const CLAUDE_SHARE = Number(opt('claude-share', '0.75'));
const REEMIT = Number(opt('codex-reemit', '0.10'));
const END = Date.parse(opt('end', '2026-11-20') + 'T00:00:00Z'); // exclusive
const START = END - DAYS * 86400e3;
const ALL_EDGES = [
  'stream',
  'resume',
  'subagent',
  'progress',
  'btw',
  'norequestid',
  'constid',
  'synthetic',
  'malformed',
  'truncated',
  'nonewline',
  'nullinput',
  'fast',
  'quoted',
  'forkcopy',
  'forkburst',
  'reset',
  'nullinfo',
];
const EDGES = (() => {
  const e = opt('edges', 'all');
  if (e === 'all') return new Set(ALL_EDGES);
  if (e === 'none') return new Set();
  return new Set(e.split(','));
})();
const edge = name => EDGES.has(name);

// ---------------------------------------------------------------- random numbers (mulberry32)
let rs = (SEED * 2654435761) >>> 0;
function rnd() {
  rs = (rs + 0x6d2b79f5) >>> 0;
  let t = rs;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const int = (a, b) => a + Math.floor(rnd() * (b - a + 1)); // inclusive
const pick = a => a[Math.floor(rnd() * a.length)];
const chance = p => rnd() < p;
const gauss = () => Math.sqrt(-2 * Math.log(rnd() + 1e-12)) * Math.cos(2 * Math.PI * rnd());
const logn = (median, sigma, lo = 1, hi = Infinity) =>
  Math.max(lo, Math.min(hi, Math.round(median * Math.exp(sigma * gauss()))));
function weighted(pairs) {
  let s = 0;
  for (const p of pairs) s += p[1];
  let x = rnd() * s;
  for (const p of pairs) if ((x -= p[1]) < 0) return p[0];
  return pairs[pairs.length - 1][0];
}
const HEX = '0123456789abcdef';
const B62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const B64 = B62 + '+/';
const str = (alphabet, n) => {
  let s = '';
  for (let i = 0; i < n; i++) s += alphabet[Math.floor(rnd() * alphabet.length)];
  return s;
};
const hex = n => str(HEX, n);
const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-${pick('89ab')}${hex(3)}-${hex(12)}`;
const uuid7 = t => {
  const h = t.toString(16).padStart(12, '0');
  return `${h.slice(0, 8)}-${h.slice(8)}-7${hex(3)}-${pick('89ab')}${hex(3)}-${hex(12)}`;
};
const iso = t => new Date(t).toISOString();
const day = t => new Date(t).toISOString().slice(0, 10);

// ---------------------------------------------------------------- text (already JSON-escaped)
const WORDS = (
  'the a to of in for with from this that file test build error value function class return import export ' +
  'const async await request response handler server client query table index user account token session config path ' +
  'module package version update remove change check parse format write read cache stream buffer line record event ' +
  'state view panel button model price total count daily report window editor command extension worker thread'
).split(' ');
const UNI = [
  'ändern',
  'größe',
  'naïve',
  'café',
  '日本語',
  '変更点',
  '测试',
  '文件',
  '✅',
  '🚀',
  '→',
  '—',
  'Привет',
  'données',
  'señal',
];
function sentence() {
  const n = int(5, 16);
  const w = [];
  for (let i = 0; i < n; i++) w.push(chance(0.004) ? pick(UNI) : pick(WORDS));
  return w.join(' ') + '.';
}
const esc = s => JSON.stringify(s).slice(1, -1);
function codeLine() {
  const ind = '  '.repeat(int(0, 4));
  const a = pick(WORDS),
    b = pick(WORDS),
    c = pick(WORDS);
  switch (int(0, 7)) {
    case 0:
      return `${ind}const ${a}${c} = await ${b}.${c}(${a}, "${b}");`;
    case 1:
      return `${ind}if (${a}.${b} !== "${c}") {`;
    case 2:
      return `${ind}return { ${a}: ${b}, "${c}": ${int(0, 9999)} };`;
    case 3:
      return `${ind}// ${sentence()}`;
    case 4:
      return `${ind}}`;
    case 5:
      return `     ${int(1, 900)}\t${ind}import { ${a}, ${b} } from "./${c}.js";`;
    case 6:
      return `${ind}expect(${a}.${b}).toEqual(['${c}', ${int(0, 99)}]);`;
    default:
      return `${ind}export function ${a}${b[0].toUpperCase()}${b.slice(1)}(${c}: string): number {`;
  }
}
const logLine = () =>
  `2026-0${int(1, 9)}-${int(10, 28)} ${int(10, 23)}:${int(10, 59)}:${int(10, 59)} [${pick(['info', 'warn', 'debug'])}] ${pick(WORDS)}/${pick(WORDS)}.ts:${int(1, 900)} ${pick(WORDS)}=${int(0, 1e6)} ${pick(WORDS)}="${pick(WORDS)}"`;
const jsonLine = () =>
  JSON.stringify({
    [pick(WORDS)]: pick(WORDS),
    n: int(0, 1e5),
    [pick(WORDS)]: { id: hex(8), ok: chance(0.5) },
    items: [int(0, 9), int(0, 9)],
  });
// a quoted transcript line inside a tool result: its "usage" is escaped text and must never be counted
const quotedLine = () =>
  JSON.stringify({
    type: 'assistant',
    timestamp: '2026-01-01T00:00:00.000Z',
    message: {
      id: 'msg_quoted',
      model: 'claude-sonnet-4-5-20250929',
      usage: { input_tokens: 999999, output_tokens: 888888 },
    },
    requestId: 'req_quoted',
  });
const POOL = []; // short pieces, about 40-120 characters each
for (let i = 0; i < 6000; i++) {
  const r = rnd();
  let s;
  if (r < 0.5) s = codeLine();
  else if (r < 0.7) s = logLine();
  else if (r < 0.8) s = jsonLine();
  else s = sentence();
  POOL.push(esc(s + (chance(0.85) ? '\n' : ' ')));
}
if (edge('quoted')) for (let i = 0; i < 12; i++) POOL.push(esc(quotedLine() + '\n'));
const BIG = []; // long pieces, about 8 KB each
for (let i = 0; i < 400; i++) {
  let s = '';
  while (s.length < 8192) s += pick(POOL);
  BIG.push(s);
}
function text(n) {
  let s = '';
  while (n - s.length > 9000) s += pick(BIG);
  while (s.length < n) s += pick(POOL);
  return s;
}
const B64POOL = [];
for (let i = 0; i < 64; i++) B64POOL.push(str(B64, 256));
const b64 = n => {
  let s = '';
  while (s.length < n) s += pick(B64POOL);
  return s.slice(0, n);
};

// ---------------------------------------------------------------- truth
const truth = { claude: {}, codex: {} }; // [provider][day][model] -> sums
const variants = {
  claude: { noDedup: null, firstWins: null, perFileDedup: null },
  codex: { sumLast: null, sumLastNoFork: null },
};
const zero = () => ({
  calls: 0,
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  reasoning: 0,
});
for (const p of Object.keys(variants)) for (const k of Object.keys(variants[p])) variants[p][k] = zero();
const stats = {
  files: { claude: 0, codex: 0 },
  bytes: { claude: 0, codex: 0 },
  lines: { claude: 0, codex: 0 },
  usageLines: { claude: 0, codex: 0 },
  edges: {},
};
const note = (name, n = 1) => {
  stats.edges[name] = (stats.edges[name] || 0) + n;
};
const lineHist = []; // sample of line lengths
function add(dst, u) {
  dst.calls++;
  dst.input += u.input;
  dst.output += u.output;
  dst.cacheRead += u.cacheRead;
  dst.cacheWrite += u.w5 + u.w1;
  dst.cacheWrite5m += u.w5;
  dst.cacheWrite1h += u.w1;
  dst.reasoning += u.reasoning || 0;
}
function count(provider, t, model, u) {
  const d = (truth[provider][day(t)] ||= {});
  add((d[model] ||= zero()), u);
}

// ---------------------------------------------------------------- file writer
class Out {
  constructor(provider, file) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.fd = fs.openSync(file, 'w');
    this.file = file;
    this.provider = provider;
    this.parts = [];
    this.len = 0;
    this.bytes = 0;
    this.last = 0;
    stats.files[provider]++;
  }
  raw(s) {
    this.parts.push(s);
    this.len += s.length;
    if (this.len > 4 << 20) this.flush();
  }
  line(s) {
    stats.lines[this.provider]++;
    if (lineHist.length < 200000) lineHist.push(s.length);
    this.raw(s + '\n');
  }
  flush() {
    if (!this.parts.length) return;
    const b = Buffer.from(this.parts.join(''), 'utf8');
    fs.writeSync(this.fd, b);
    this.bytes += b.length;
    this.parts = [];
    this.len = 0;
  }
  close(t) {
    this.flush();
    fs.closeSync(this.fd);
    fs.utimesSync(this.file, t / 1000, t / 1000);
    stats.bytes[this.provider] += this.bytes;
    return this.bytes;
  }
  size() {
    return this.bytes + this.len;
  }
}

// ================================================================ Claude Code
const PROJECTS = [];
for (let i = 0; i < 24; i++)
  PROJECTS.push(`/home/dev/${pick(['work', 'src', 'oss'])}/${pick(WORDS)}-${pick(WORDS)}${i}`);
const slugOf = cwd => cwd.replace(/[^A-Za-z0-9]/g, '-');
const CLAUDE_MODELS = [
  ['claude-sonnet-4-5-20250929', 40],
  ['claude-opus-4-5-20251101', 18],
  ['claude-opus-4-6', 18],
  ['claude-haiku-4-5-20251001', 14],
  ['claude-sonnet-4-20250514', 7],
  ['claude-3-5-haiku-20241022', 3],
];
const GATEWAY_MODELS = [
  ['kimi-k2.5', 5],
  ['deepseek-v4', 5],
];
const TOOLS = [
  ['Bash', 34],
  ['Read', 28],
  ['Edit', 16],
  ['Grep', 10],
  ['Write', 5],
  ['Glob', 4],
  ['mcp__tracker__search', 3],
];

function usageJson(u, out, s) {
  const cc = `"cache_creation":{"ephemeral_5m_input_tokens":${u.w5},"ephemeral_1h_input_tokens":${u.w1}}`;
  if (s.era === 2) {
    const it =
      out === u.output && chance(0.6)
        ? `[{"input_tokens":${u.input},"output_tokens":${out},"cache_read_input_tokens":${u.cacheRead},"cache_creation_input_tokens":${u.w5 + u.w1},${cc},"type":"message"}]`
        : '[]';
    return `{"input_tokens":${u.input},"cache_creation_input_tokens":${u.w5 + u.w1},"cache_read_input_tokens":${u.cacheRead},"output_tokens":${out},"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"service_tier":"standard",${cc},"inference_geo":"","iterations":${it},"speed":"${u.fast ? 'fast' : 'standard'}"}`;
  }
  return `{"input_tokens":${u.input},"cache_creation_input_tokens":${u.w5 + u.w1},"cache_read_input_tokens":${u.cacheRead},${cc},"output_tokens":${out},"service_tier":"standard"}`;
}
// the fields around a message: two orders are seen in the wild
function envelope(s, type, t, inner, extra = '') {
  const id = uuid();
  const ctx = `"userType":"external",${s.era === 2 ? '"entrypoint":"cli",' : ''}"cwd":"${s.cwd}","sessionId":"${s.id}","version":"${s.version}","gitBranch":"${s.branch}"`;
  const parent = s.parent ? `"${s.parent}"` : 'null';
  s.parent = id;
  const side = `"isSidechain":${s.side ? 'true' : 'false'}${s.agent ? `,"agentId":"${s.agent}"` : ''}`;
  return s.era === 2
    ? `{"parentUuid":${parent},${side},${inner}${extra},"type":"${type}","uuid":"${id}","timestamp":"${iso(t)}",${ctx}}`
    : `{"parentUuid":${parent},${side},${ctx},${inner}${extra},"type":"${type}","uuid":"${id}","timestamp":"${iso(t)}"}`;
}
function toolInput(tool) {
  const nul = edge('nullinput') && chance(tool.startsWith('mcp__') ? 0.12 : 0.0015);
  if (nul) note('nullinput');
  const n = nul ? `,"${pick(['cwd', 'id', 'model', 'version'])}":null` : '';
  switch (tool) {
    case 'Bash':
      return `{"command":"${text(logn(110, 0.9, 12, 6000))}","description":"${esc(sentence())}"${n}}`;
    case 'Read':
      return `{"file_path":"/home/dev/x/${pick(WORDS)}/${pick(WORDS)}.ts"${chance(0.3) ? ',"offset":' + int(1, 900) + ',"limit":120' : ''}${n}}`;
    case 'Edit':
      return `{"file_path":"/home/dev/x/${pick(WORDS)}.ts","old_string":"${text(logn(280, 0.9, 20, 20000))}","new_string":"${text(logn(360, 0.9, 20, 20000))}","replace_all":false${n}}`;
    case 'Write':
      return `{"file_path":"/home/dev/x/${pick(WORDS)}.ts","content":"${text(logn(2600, 0.9, 60, 60000))}"${n}}`;
    case 'mcp__tracker__search':
      return `{"query":"${esc(sentence())}","limit":${int(5, 50)}${n}}`;
    default:
      return `{"pattern":"${pick(WORDS)}.*${pick(WORDS)}","path":"/home/dev/x"${n}}`;
  }
}
function makeUsage(s) {
  const grow = int(200, 4000);
  const first = s.ctx === 0;
  const write = first ? int(8000, 26000) : grow;
  const u = {
    input: chance(0.85) ? int(1, 12) : int(13, 3000),
    output: logn(190, 1.1, 2, 16000),
    cacheRead: first ? int(0, 14000) : s.ctx,
    w5: s.hourCache ? 0 : write,
    w1: s.hourCache ? write : 0,
    fast: false,
  };
  if (chance(0.02)) {
    const x = Math.floor(write / 3);
    u.w5 = x;
    u.w1 = write - x;
  }
  if (edge('fast') && s.era === 2 && s.model.startsWith('claude-opus') && chance(0.004)) {
    u.fast = true;
    note('fast');
  }
  s.ctx = Math.min(190000, s.ctx + (first ? write + u.cacheRead : write));
  if (s.ctx > 160000 && chance(0.2)) s.ctx = 0; // compaction
  return u;
}
const MIDNIGHT_GUARD = 90e3; // no call's lines lie on both sides of midnight UTC, so its day is plain
function guard(t) {
  const m = Math.floor((t + MIDNIGHT_GUARD) / 86400e3) * 86400e3;
  return m > t ? m + 1000 : t;
}

// one API call: one line for each content block; same id and request id; output_tokens grows
function claudeCall(s, o, opts = {}) {
  s.t = guard(s.t);
  const t0 = s.t;
  const gateway = !s.model.startsWith('claude-');
  const id = s.constId || (gateway ? 'chatcmpl-' + hex(24) : 'msg_01' + str(B62, 22));
  const req = gateway && edge('norequestid') ? null : 'req_011' + str(B62, 21);
  if (req === null) note('norequestid');
  const u = makeUsage(s);
  // a relay that gives every answer one id: only the counts tell its calls apart, so they are kept distinct in a session
  if (s.constId) {
    note('constid');
    while (s.seen.has(`${u.input}:${u.cacheRead}:${u.w5 + u.w1}`)) u.input++;
    s.seen.add(`${u.input}:${u.cacheRead}:${u.w5 + u.w1}`);
  }
  const blocks = [];
  if (chance(0.35))
    blocks.push(
      `{"type":"thinking","thinking":"${text(logn(420, 0.9, 30, 20000))}","signature":"${b64(int(280, 1400))}"}`,
    );
  if (chance(0.55)) blocks.push(`{"type":"text","text":"${text(logn(260, 0.9, 10, 12000))}"}`);
  const tools = [];
  const nt = opts.final ? 0 : chance(0.86) ? (chance(0.1) ? 2 : 1) : 0;
  for (let i = 0; i < nt; i++) {
    const tool = opts.task ? 'Task' : weighted(TOOLS);
    const tid = 'toolu_01' + str(B62, 22);
    tools.push([tool, tid]);
    const input =
      tool === 'Task'
        ? `{"description":"${pick(WORDS)} ${pick(WORDS)}","prompt":"${text(logn(500, 0.6, 60, 6000))}","subagent_type":"general-purpose"}`
        : toolInput(tool);
    blocks.push(`{"type":"tool_use","id":"${tid}","name":"${tool}","input":${input}}`);
    if (opts.task) break;
  }
  if (!blocks.length) blocks.push(`{"type":"text","text":"${text(logn(500, 0.8, 10, 12000))}"}`);
  const stream = edge('stream');
  const partial = stream && blocks.length > 1 && chance(0.8);
  const emitted = [];
  const last = blocks.length - 1;
  for (let i = 0; i <= last; i++) {
    const isLast = i === last;
    const out = isLast || !partial ? u.output : Math.min(u.output, int(1, 9));
    const stop = isLast ? (tools.length ? '"tool_use"' : '"end_turn"') : 'null';
    const msg = `"message":{"model":"${s.model}","id":"${id}","type":"message","role":"assistant","content":[${blocks[i]}],"stop_reason":${stop},"stop_sequence":null,"usage":${usageJson(u, out, s)}}`;
    const l = envelope(s, 'assistant', s.t, msg, req ? `,"requestId":"${req}"` : '');
    emitted.push({ l, out, t: s.t });
    s.t += int(150, 2500);
  }
  // a call can be written again, whole (the same last line twice)
  if (stream && chance(0.04)) {
    emitted.push(emitted[emitted.length - 1]);
    note('rewritten');
  }
  if (partial) note('stream');
  return { t0, id, req, u, emitted, tools, model: s.model };
}
function emitCall(s, o, call, cut = false) {
  let best = -1,
    first = -1;
  for (let i = 0; i < call.emitted.length; i++) {
    const e = call.emitted[i];
    if (cut && i === call.emitted.length - 1) {
      // the writer died here: the last line is not whole and has no newline
      const k = chance(0.5) ? Math.floor(e.l.length * (0.3 + 0.6 * rnd())) : e.l.length - int(2, 60);
      o.raw(e.l.slice(0, Math.max(10, k)));
      note('truncated');
      break;
    }
    o.line(e.l);
    stats.usageLines.claude++;
    if (first < 0) first = e.out;
    best = Math.max(best, e.out);
    add(variants.claude.noDedup, { ...call.u, output: e.out });
  }
  if (best < 0) return null;
  const u = { ...call.u, output: best };
  count('claude', call.t0, call.model, u);
  add(variants.claude.firstWins, { ...call.u, output: first });
  add(variants.claude.perFileDedup, u);
  return u;
}
function resultLine(s, tool, tid, extraResult) {
  let len = chance(0.006) ? Math.round(50e3 * Math.exp(rnd() * 2.3)) : logn(620, 1.35, 8, 50e3);
  if (tool === 'Edit' || tool === 'Write') len = Math.min(len, 900);
  let content, tur;
  if (extraResult) {
    content = extraResult.content;
    tur = extraResult.tur;
  } else {
    content = text(Math.round(len / 2));
    switch (tool) {
      case 'Bash':
        tur = `{"stdout":"${content}","stderr":"","interrupted":false,"isImage":false}`;
        break;
      case 'Read':
        tur = `{"type":"text","file":{"filePath":"/home/dev/x/${pick(WORDS)}.ts","content":"${content}","numLines":${int(4, 900)},"startLine":1,"totalLines":${int(4, 2000)}}}`;
        break;
      case 'Edit':
        tur = `{"filePath":"/home/dev/x/${pick(WORDS)}.ts","oldString":"${text(200)}","newString":"${text(240)}","originalFile":"${text(logn(5200, 1.0, 200, 90000))}","structuredPatch":[{"oldStart":${int(1, 400)},"oldLines":7,"newStart":${int(1, 400)},"newLines":9,"lines":["${text(300)}"]}],"userModified":false,"replaceAll":false}`;
        break;
      default:
        tur = `{"mode":"content","numFiles":${int(0, 40)},"filenames":[],"content":"${content}","numLines":${int(0, 300)}}`;
    }
  }
  return envelope(
    s,
    'user',
    s.t,
    `"message":{"role":"user","content":[{"tool_use_id":"${tid}","type":"tool_result","content":"${content}","is_error":false}]}`,
    `,"toolUseResult":${tur}`,
  );
}
const ring = []; // small finished sessions, for resume copies: {lines:[{l, usage?}], t}
function session(budget) {
  const target = logn(105e3, 1.6, 2500, Math.min(90e6, SIZE * 0.12));
  const era = weighted([
    [0, 3],
    [1, 4],
    [2, 5],
  ]); // 1.0.x, 2.0.x, 2.1.x
  const cwd = pick(PROJECTS);
  const estCalls = target / 11000;
  const span = Math.min(estCalls * 45e3, DAYS * 86400e3 * 0.4);
  const dIdx = Math.floor(Math.pow(rnd(), 0.75) * DAYS);
  let t = START + dIdx * 86400e3 + int(7 * 3600, 22 * 3600) * 1000 + int(0, 999);
  t = Math.max(START + 60e3, Math.min(t, END - span - 3600e3));
  const gateway = chance(0.04);
  const s = {
    id: uuid(),
    cwd,
    era,
    branch: chance(0.6) ? 'main' : `feat/${pick(WORDS)}`,
    side: false,
    agent: null,
    parent: null,
    ctx: 0,
    t,
    version: era === 0 ? `1.0.${int(60, 128)}` : era === 1 ? `2.0.${int(1, 76)}` : `2.1.${int(1, 120)}`,
    model: weighted(gateway ? GATEWAY_MODELS : CLAUDE_MODELS),
    hourCache: chance(0.25),
    constId: gateway && edge('norequestid') && edge('constid') && chance(0.25) ? 'relay-1' : null,
    seen: new Set(),
  };
  const dir = path.join(OUT, 'home', '.claude', 'projects', slugOf(cwd));
  const o = new Out('claude', path.join(dir, s.id + '.jsonl'));
  const keep = target < 1.5e6 ? [] : null;
  const lastCalls = [];
  const put = l => {
    o.line(l);
    if (keep) keep.push({ l });
  };
  if (chance(0.12)) put(`{"type":"summary","summary":"${esc(sentence())}","leafUuid":"${uuid()}"}`);
  if (era === 2)
    put(
      `{"type":"file-history-snapshot","messageId":"${uuid()}","snapshot":{"messageId":"${uuid()}","trackedFileBackups":{},"timestamp":"${iso(s.t)}"},"isSnapshotUpdate":false}`,
    );
  // a resumed session starts with a copy of an older one: same message ids, new session id
  if (edge('resume') && era === 0 && ring.length && chance(0.2)) {
    const src = pick(ring);
    let upto = Math.ceil(src.lines.length * (0.3 + 0.7 * rnd()));
    while (upto < src.lines.length && src.lines[upto].c && src.lines[upto].c === src.lines[upto - 1].c) upto++; // not inside a call
    for (let i = 0; i < upto; i++) {
      const e = src.lines[i];
      o.line(e.l.replaceAll(src.id, s.id));
      if (e.u) {
        stats.usageLines.claude++;
        add(variants.claude.noDedup, e.u);
        if (e.fin) add(variants.claude.perFileDedup, e.fin);
      }
    }
    note('resume');
    s.t = Math.max(s.t, src.t + 60e3);
  }
  let endT = s.t;
  let cutEnd = false;
  while (o.size() < target && o.size() + stats.bytes.claude < budget + 2e6) {
    // a user's turn
    put(envelope(s, 'user', s.t, `"message":{"role":"user","content":"${text(logn(160, 1.1, 8, 20000))}"}`));
    s.t += int(800, 4000);
    if (chance(0.12) && !gateway) s.model = weighted(CLAUDE_MODELS);
    const steps = logn(7, 0.9, 1, 80);
    for (let k = 0; k < steps && o.size() < target; k++) {
      const task = edge('subagent') && !gateway && chance(0.012);
      const call = claudeCall(s, o, { task, final: k === steps - 1 });
      const u = emitCall(s, o, call);
      if (keep)
        call.emitted.forEach((e, i) =>
          keep.push({ l: e.l, c: call.id, u: { ...call.u, output: e.out }, fin: i === 0 ? u : null }),
        );
      lastCalls.push(call);
      if (lastCalls.length > 3) lastCalls.shift();
      if (edge('malformed') && chance(0.0012)) {
        // a damaged copy in the middle of a file, always as an extra line
        const l = call.emitted[0].l;
        const kind = int(0, 3);
        o.line(
          kind === 0
            ? '\0'.repeat(int(8, 600))
            : kind === 1
              ? ''
              : kind === 2
                ? l.slice(0, int(20, l.length - 3))
                : 'not json at all "usage":{"input_tokens":5',
        );
        note('malformed');
      }
      for (const [tool, tid] of call.tools) {
        s.t += int(200, 9000);
        if (tool === 'Task') {
          subagent(s, o, put, tid, dir);
          continue;
        }
        put(resultLine(s, tool, tid));
      }
      s.t += int(300, 6000);
    }
    if (edge('synthetic') && chance(0.02)) {
      put(
        envelope(
          s,
          'assistant',
          s.t,
          `"message":{"id":"${uuid()}","container":null,"model":"<synthetic>","role":"assistant","stop_reason":"stop_sequence","stop_sequence":"","type":"message","usage":{"input_tokens":0,"output_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"service_tier":null,"cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":0}},"content":[{"type":"text","text":"API Error: 529 overloaded"}]}`,
          ',"isApiErrorMessage":true',
        ),
      );
      note('synthetic');
    }
    if (chance(0.1))
      put(
        `{"type":"system","subtype":"turn_duration","durationMs":${int(1000, 600000)},"timestamp":"${iso(s.t)}","uuid":"${uuid()}","isMeta":false,"sessionId":"${s.id}"}`,
      );
    s.t += logn(40e3, 1.1, 2000, 3 * 3600e3);
    if (s.t > END - 2 * 3600e3) s.t = END - 2 * 3600e3 - int(0, 36e5); // keep within the days
    endT = Math.max(endT, s.t);
  }
  if (edge('btw') && era === 2 && lastCalls.length && chance(0.02)) aside(s, lastCalls, dir);
  if (edge('truncated') && chance(0.02)) {
    emitCall(s, o, claudeCall(s, o), true);
    cutEnd = true;
  } else if (edge('nonewline') && chance(0.01)) {
    const c = claudeCall(s, o, { final: true });
    emitCall(s, o, c);
    o.parts[o.parts.length - 1] = o.parts[o.parts.length - 1].slice(0, -1); // the last line is whole but has no newline
    o.len--;
    cutEnd = true;
    note('nonewline');
  }
  o.close(endT);
  if (keep && !cutEnd && era === 0 && !gateway) {
    ring.push({ lines: keep, id: s.id, t: endT });
    if (ring.length > 12) ring.shift();
  }
}
function subagent(s, o, put, tid, dir) {
  const agent = hex(s.era === 2 ? 17 : 8);
  const inline = s.era === 0;
  const sub = {
    ...s,
    side: true,
    agent: inline ? null : agent,
    parent: null,
    ctx: 0,
    model: chance(0.5) ? 'claude-haiku-4-5-20251001' : s.model,
  };
  const so = inline
    ? null
    : new Out(
        'claude',
        s.era === 1
          ? path.join(dir, `agent-${agent}.jsonl`)
          : path.join(dir, s.id, 'subagents', `agent-${agent}.jsonl`),
      );
  const sink = inline ? o : so;
  const wl = l => (inline ? put(l) : so.line(l));
  note('subagent');
  if (s.era === 2) {
    const f = path.join(dir, s.id, 'subagents', `agent-${agent}.meta.json`);
    fs.mkdirSync(path.dirname(f), { recursive: true });
    fs.writeFileSync(f, `{"agentType":"general-purpose"}`);
  }
  wl(envelope(sub, 'user', sub.t, `"message":{"role":"user","content":"${text(400)}"}`));
  const n = int(3, 22);
  let lastU = { input: 1, output: 1, cacheRead: 0, w5: 0, w1: 0 };
  let total = 0;
  for (let i = 0; i < n; i++) {
    sub.t += int(400, 3000);
    const call = claudeCall(sub, sink, { final: i === n - 1 });
    lastU = emitCall(sub, sink, call);
    total += lastU.input + lastU.output + lastU.cacheRead + lastU.w5 + lastU.w1;
    // newer versions also write a progress line into the parent's file: the same call, seen early
    if (edge('progress') && s.era === 2 && chance(0.3)) {
      const e = call.emitted[0];
      const inner = e.l; // the subagent's own line, wrapped
      const m = /"message":\{/.exec(inner).index;
      const end = inner.lastIndexOf(`,"type":"assistant","uuid"`);
      o.line(
        `{"parentUuid":"${uuid()}","isSidechain":false,"type":"progress","data":{"message":{"type":"assistant","timestamp":"${iso(e.t)}",${inner.slice(m, end)},"uuid":"${uuid()}"},"normalizedMessages":[],"type":"agent_progress","prompt":"${esc(sentence())}","agentId":"${agent}"},"toolUseID":"agent_msg_01${str(B62, 22)}","parentToolUseID":"${tid}","uuid":"${uuid()}","timestamp":"${iso(e.t + 3)}","userType":"external","cwd":"${s.cwd}","sessionId":"${s.id}","version":"${s.version}","gitBranch":"${s.branch}"}`,
      );
      note('progress');
    }
    for (const [tool, t2] of call.tools) {
      sub.t += int(100, 4000);
      wl(resultLine(sub, tool, t2));
    }
  }
  if (so) so.close(sub.t);
  s.t = guard(sub.t + 500);
  // the parent's result repeats the subagent's last usage inside toolUseResult: must not be counted
  const content = text(500);
  put(
    resultLine(s, 'Task', tid, {
      content,
      tur: `{"status":"completed","prompt":"${esc(sentence())}","agentId":"${agent}","content":[{"type":"text","text":"${content}"}],"totalDurationMs":${int(5000, 400000)},"totalTokens":${total},"totalToolUseCount":${n},"usage":${usageJson(lastU, lastU.output, s)}}`,
    }),
  );
}
// an aside: a sidechain file that repeats the parent's last messages under new request ids, then one call of its own
function aside(s, calls, dir) {
  const agent = 'aside_question-' + hex(14);
  const sub = { ...s, side: true, agent, parent: null };
  const so = new Out('claude', path.join(dir, s.id, 'subagents', `agent-${agent}.jsonl`));
  for (const c of calls) {
    const e = c.emitted[c.emitted.length - 1];
    so.line(
      e.l
        .replace('"isSidechain":false', '"isSidechain":true')
        .replace(`"requestId":"${c.req}"`, `"requestId":"req_011${str(B62, 21)}"`),
    );
    stats.usageLines.claude++;
    add(variants.claude.noDedup, { ...c.u, output: e.out });
    add(variants.claude.perFileDedup, { ...c.u, output: e.out });
  }
  note('btw');
  emitCall(sub, so, claudeCall(sub, so, { final: true }));
  so.close(sub.t);
}

// ================================================================ Codex
const CODEX_MODELS = [
  ['gpt-5.2-codex', 5],
  ['gpt-5.3-codex', 4],
  ['gpt-5.1-codex-mini', 2],
  ['gpt-5', 1],
];
const BASE_INSTR = text(13000);
const codexRing = [];
const tok = u =>
  `{"input_tokens":${u.input},"cached_input_tokens":${u.cached},"output_tokens":${u.output},"reasoning_output_tokens":${u.reasoning},"total_tokens":${u.input + u.output}}`;
const rl = t =>
  `"rate_limits":{"limit_id":"codex","limit_name":null,"primary":{"used_percent":${int(0, 99)}.0,"window_minutes":300,"resets_at":${Math.floor(t / 1000) + 9000}},"secondary":{"used_percent":${int(0, 99)}.0,"window_minutes":10080,"resets_at":${Math.floor(t / 1000) + 300000}},"credits":null,"plan_type":"pro"}`;
const ev = (t, type, payload) => `{"timestamp":"${iso(t)}","type":"${type}","payload":${payload}}`;
const asU = l => ({
  input: l.input - l.cached,
  output: l.output,
  cacheRead: l.cached,
  w5: 0,
  w1: 0,
  reasoning: l.reasoning,
});
function rollout(budget) {
  const target = logn(150e3, 1.5, 20000, Math.min(60e6, SIZE * 0.06));
  const span = Math.min((target / 16000) * 60e3, DAYS * 86400e3 * 0.3);
  let t = START + Math.floor(Math.pow(rnd(), 0.75) * DAYS) * 86400e3 + int(7 * 3600, 22 * 3600) * 1000 + int(0, 999);
  t = Math.max(START + 60e3, Math.min(t, END - span - 3600e3));
  let fork = null;
  if (codexRing.length && (edge('forkcopy') || edge('forkburst')) && chance(0.06)) {
    const src = pick(codexRing);
    const kind = edge('forkcopy') && (!edge('forkburst') || chance(0.5)) ? 'copy' : 'burst';
    fork = { src, kind };
    t = Math.max(t, src.t + 30e3);
    if (t > END - 3600e3) {
      fork = null;
      t = END - span - 3600e3;
    }
  }
  t = guard(t);
  const id = uuid7(t);
  const cwd = pick(PROJECTS);
  const d = new Date(t);
  const p2 = x => String(x).padStart(2, '0');
  const dirn = path.join(
    OUT,
    'home',
    '.codex',
    'sessions',
    String(d.getUTCFullYear()),
    p2(d.getUTCMonth() + 1),
    p2(d.getUTCDate()),
  );
  const stamp = iso(t).slice(0, 19).replaceAll(':', '-');
  const o = new Out('codex', path.join(dirn, `rollout-${stamp}-${id}.jsonl`));
  const keep = target < 2.5e6 ? [] : null;
  const put = (tt, type, payload, mark) => {
    o.line(ev(tt, type, payload));
    if (keep) keep.push({ t: tt, type, payload, mark });
  };
  let model = weighted(CODEX_MODELS);
  const tot = { input: 0, cached: 0, output: 0, reasoning: 0 };
  const source =
    fork && fork.kind === 'burst'
      ? `{"subagent":{"thread_spawn":{"parent_thread_id":"${fork.src.id}","depth":1,"agent_nickname":"${pick(WORDS)}","agent_role":"worker"}}}`
      : '"cli"';
  put(
    t,
    'session_meta',
    `{"id":"${id}",${fork ? `"forked_from_id":"${fork.src.id}",` : ''}"timestamp":"${iso(t)}","cwd":"${cwd}","originator":"codex_cli_rs","cli_version":"0.${int(60, 150)}.0","source":${source},"model_provider":"openai","base_instructions":{"text":"${BASE_INSTR}"},"git":{"commit_hash":"${hex(40)}","branch":"main","repository_url":"https://example.com/x.git"}}`,
  );
  if (fork) {
    // the parent's history, copied: with its own timestamps (copy), or rewritten to the fork's instant (burst)
    let bt = t + int(2, 700);
    for (const e of fork.src.lines) {
      const tt = fork.kind === 'copy' ? e.t : (bt += chance(0.05) ? 1 : 0);
      o.line(ev(tt, e.type, e.payload));
      if (e.mark) {
        stats.usageLines.codex++;
        add(variants.codex.sumLast, asU(e.mark));
      }
    }
    Object.assign(tot, fork.src.tot);
    note(fork.kind === 'copy' ? 'forkcopy' : 'forkburst');
    t = Math.max(t, bt) + int(1500, 6000);
  }
  if (edge('nullinfo') && chance(0.5)) {
    put(t, 'event_msg', `{"type":"token_count","info":null,${rl(t)}}`);
    note('nullinfo');
  }
  let ctx = int(6000, 14000);
  let endT = t;
  const inst = text(3000);
  if (!fork)
    put(t, 'response_item', `{"type":"message","role":"developer","content":[{"type":"input_text","text":"${inst}"}]}`);
  while (o.size() < target && o.size() + stats.bytes.codex < budget + 1e6) {
    t = guard(t);
    const turn = uuid7(t);
    put(
      t,
      'event_msg',
      `{"type":"task_started","turn_id":"${turn}","started_at":${Math.floor(t / 1000)},"model_context_window":258400,"collaboration_mode_kind":"default"}`,
    );
    if (chance(0.08)) model = weighted(CODEX_MODELS);
    put(
      t + 1,
      'turn_context',
      `{"turn_id":"${turn}","cwd":"${cwd}","current_date":"${day(t)}","timezone":"Etc/UTC","approval_policy":"on-request","sandbox_policy":{"type":"workspace-write","writable_roots":[],"network_access":false,"exclude_tmpdir_env_var":false,"exclude_slash_tmp":false},"model":"${model}","personality":"pragmatic","effort":"${pick(['low', 'medium', 'high'])}","summary":"auto","user_instructions":"${inst}","truncation_policy":{"mode":"tokens","limit":10000}}`,
    );
    const q = text(logn(160, 1.0, 8, 8000));
    put(t + 2, 'response_item', `{"type":"message","role":"user","content":[{"type":"input_text","text":"${q}"}]}`);
    put(
      t + 3,
      'event_msg',
      `{"type":"user_message","message":"${q}","images":[],"local_images":[],"text_elements":[]}`,
    );
    const steps = logn(6, 0.8, 1, 60);
    for (let k = 0; k < steps && o.size() < target; k++) {
      t += int(1200, 15000);
      t = guard(t);
      if (chance(0.7)) {
        put(
          t,
          'response_item',
          `{"type":"reasoning","summary":[{"type":"summary_text","text":"**${esc(sentence())}**"}],"content":null,"encrypted_content":"gAAAAA${b64(logn(1400, 0.6, 300, 9000))}"}`,
        );
        put(t + 1, 'event_msg', `{"type":"agent_reasoning","text":"**${esc(sentence())}**"}`);
      }
      const lastStep = k === steps - 1;
      const cid = 'call_' + str(B62, 24);
      if (lastStep || chance(0.15)) {
        const a = text(logn(500, 0.8, 10, 9000));
        put(
          t + 2,
          'event_msg',
          `{"type":"agent_message","message":"${a}","phase":"${lastStep ? 'final_answer' : 'commentary'}"}`,
        );
        put(
          t + 3,
          'response_item',
          `{"type":"message","role":"assistant","content":[{"type":"output_text","text":"${a}"}],"phase":"commentary"}`,
        );
      }
      if (!lastStep)
        put(
          t + 4,
          'response_item',
          `{"type":"function_call","name":"exec_command","arguments":"{\\"cmd\\":\\"${esc(esc(pick(WORDS) + ' ' + pick(WORDS)))}\\",\\"workdir\\":\\"${cwd}\\",\\"yield_time_ms\\":1000}","call_id":"${cid}"}`,
        );
      // the usage of this call
      const cached = chance(0.9) ? Math.floor((ctx * (0.7 + 0.3 * rnd())) / 128) * 128 : 0;
      const out = logn(260, 1.0, 5, 12000);
      const l = { input: ctx, cached: Math.min(cached, ctx), output: out, reasoning: Math.floor(out * rnd() * 0.8) };
      if (edge('reset') && chance(0.0006) && tot.input > 0) {
        tot.input = tot.cached = tot.output = tot.reasoning = 0;
        note('reset');
      }
      tot.input += l.input;
      tot.cached += l.cached;
      tot.output += l.output;
      tot.reasoning += l.reasoning;
      const tc = `{"type":"token_count","info":{"total_token_usage":${tok(tot)},"last_token_usage":${tok(l)},"model_context_window":258400},${rl(t)}}`;
      t += int(300, 3000);
      put(t, 'event_msg', tc, l);
      stats.usageLines.codex++;
      count('codex', t, model, asU(l));
      add(variants.codex.sumLast, asU(l));
      add(variants.codex.sumLastNoFork, asU(l));
      // the same counters again, later, with new rate limits: not a new call
      if (REEMIT > 0 && chance(REEMIT)) {
        t += int(50, 4000);
        put(t, 'event_msg', tc.replace(/"rate_limits".*$/, rl(t) + '}'), l);
        stats.usageLines.codex++;
        add(variants.codex.sumLast, asU(l));
        add(variants.codex.sumLastNoFork, asU(l));
        note('reemit');
      }
      if (!lastStep) {
        const len = chance(0.012) ? Math.round(50e3 * Math.exp(rnd() * 2.3)) : logn(1300, 1.3, 10, 50e3);
        put(
          t + 5,
          'response_item',
          `{"type":"function_call_output","call_id":"${cid}","output":"Chunk ID: ${hex(6)}\\nWall time: 0.${int(100, 999)} seconds\\nProcess exited with code 0\\nOutput:\\n${text(len)}"}`,
        );
      }
      ctx += int(300, 3500);
      if (ctx > 230000) {
        ctx = int(12000, 30000);
        put(
          t + 6,
          'compacted',
          `{"message":"","replacement_history":[{"type":"message","role":"user","content":[{"type":"input_text","text":"${text(int(4000, 60000))}"}]}]}`,
        );
        note('compacted');
      }
    }
    put(t + 10, 'event_msg', `{"type":"task_complete","turn_id":"${turn}","last_agent_message":"${text(200)}"}`);
    t += logn(50e3, 1.1, 3000, 2 * 3600e3);
    if (t > END - 2 * 3600e3) t = END - 2 * 3600e3 - int(0, 36e5);
    endT = Math.max(endT, t);
  }
  if (edge('truncated') && chance(0.02)) {
    const l = ev(
      t,
      'event_msg',
      `{"type":"token_count","info":{"total_token_usage":${tok(tot)},"last_token_usage":${tok(tot)},"model_context_window":258400},${rl(t)}}`,
    );
    o.raw(l.slice(0, int(20, l.length - 2)));
    note('truncated');
  }
  o.close(endT);
  if (keep && !fork) {
    codexRing.push({ id, lines: keep, tot: { ...tot }, t: endT });
    if (codexRing.length > 10) codexRing.shift();
  }
}

// ================================================================ run
fs.rmSync(OUT, { recursive: true, force: true });
fs.mkdirSync(path.join(OUT, 'home'), { recursive: true });
const claudeBudget = SIZE * CLAUDE_SHARE;
const codexBudget = SIZE - claudeBudget;
while (stats.bytes.claude < claudeBudget - 3000) session(claudeBudget);
while (stats.bytes.codex < codexBudget - 3000) rollout(codexBudget);

const sum = o => {
  const z = zero();
  for (const d of Object.values(o)) for (const m of Object.values(d)) for (const k of Object.keys(z)) z[k] += m[k];
  return z;
};
lineHist.sort((a, b) => a - b);
const q = p => lineHist[Math.min(lineHist.length - 1, Math.floor(p * lineHist.length))];
const doc = {
  args: {
    size: SIZE,
    days: DAYS,
    seed: SEED,
    claudeShare: CLAUDE_SHARE,
    codexReemit: REEMIT,
    end: day(END),
    edges: [...EDGES],
  },
  note: 'claude: input, cacheRead and cacheWrite are disjoint. codex: input is without the cached part (cacheRead); output includes reasoning. Days are UTC.',
  stats: {
    ...stats,
    lineLength: { p50: q(0.5), p90: q(0.9), p99: q(0.99), p999: q(0.999), max: lineHist[lineHist.length - 1] },
  },
  totals: { claude: sum(truth.claude), codex: sum(truth.codex) },
  variants,
  days: truth,
};
fs.writeFileSync(path.join(OUT, 'truth.json'), JSON.stringify(doc, null, 1));
console.log(JSON.stringify({ out: OUT, ...doc.stats, totals: doc.totals }, null, 1));
