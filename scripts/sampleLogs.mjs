import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * A session of an assistant that is being invented: it is told what happens, and writes it down as the assistant would.
 * @typedef {object} SampleSession
 * @property {() => void} prompt the developer asks for something
 * @property {(atMs: number, endsTurn?: boolean) => number} call the model answers, with a tool or, at the end of a turn, in words; gives about how many US dollars that costs
 * @property {() => void} end the developer leaves
 * @property {() => Promise<void>} write appends to the logs what has happened since it was last called
 */

/** US dollars per million tokens, about: only to know when a day has cost enough. What is not here costs nothing. */
const rates = {
  'claude-opus-5-5': { input: 4, output: 20, cacheRead: 0.2, write5m: 5, write1h: 8 },
  'claude-sonnet-5-5': { input: 2, output: 10, cacheRead: 0.1, write5m: 2.5, write1h: 4 },
  'claude-haiku-4-5': { input: 1, output: 5, cacheRead: 0.1, write5m: 1.25, write1h: 2 },
  'gpt-5.6-sol': { input: 4, output: 20, cacheRead: 0.4, write5m: 5, write1h: 0 },
  'gpt-5.5': { input: 5, output: 30, cacheRead: 0.5, write5m: 5, write1h: 0 },
};

/** The model for titles and other small things, and for subagents that only look around. */
const smallModel = 'claude-haiku-4-5';

/** Where Claude Code makes a summary of the conversation and goes on with that. */
const longestContext = 172_000;

/** How long the cache holds a conversation. */
const cacheMs = 3_600_000;
/**
 * After how many calls a tool's server is added, and, in a third of the sessions, a smaller model goes on: both break the
 * cache.
 */
function callsUntil(sessionId) {
  const number = Number.parseInt(sessionId.slice(0, 4), 16);
  return { otherTools: 30 + (number % 97), otherModel: number % 3 === 0 ? 45 + (number % 71) : Infinity };
}

/**
 * A session of Claude Code, with its subagents.
 * @param {{ home: string, cwd: string, model: string, atMs: number, version: string, random: () => number }} about
 * @returns {SampleSession}
 */
export function claudeSession({ home, cwd, model, atMs: startMs, version, random }) {
  const sessionId = uuid(random);
  const folder = path.join(home, '.claude', 'projects', cwd.replaceAll(/[^A-Za-z0-9-]/g, '-'));
  const log = path.join(folder, `${sessionId}.jsonl`);
  const out = new Lines();
  // Since 2.1.239 it says what a session cost, and all lines of an answer have its final usage.
  const isOld = version < '2.1.239';
  const used = new Map();
  const common = {
    userType: 'external',
    entrypoint: random() < 0.6 ? 'claude-vscode' : 'cli',
    cwd,
    sessionId,
    version,
    gitBranch: 'main',
  };
  let lastUuid = null;
  let context = 0;
  let calls = 0;
  let mainModel = model;
  const until = callsUntil(sessionId);
  let lastMs = startMs;

  const fromUser = (atMs, content) => {
    const id = uuid(random);
    out.add(log, {
      parentUuid: lastUuid,
      isSidechain: false,
      type: 'user',
      message: { role: 'user', content },
      uuid: id,
      timestamp: stampOf(atMs),
      ...common,
    });
    lastUuid = id;
  };

  const answer = (file, { atMs, callModel, usage, tool, agentId }) => {
    const messageId = `msg_01${hex(random, 22)}`;
    const requestId = `req_011${hex(random, 20)}`;
    const text = { type: 'text', text: 'An invented answer.' };
    const toolUse = { type: 'tool_use', id: `toolu_01${hex(random, 22)}`, name: tool, input: inputOf(tool, random) };
    const blocks = tool === undefined ? [text] : random() < 0.45 ? [text, toolUse] : [toolUse];
    for (const [index, block] of blocks.entries()) {
      const isPartial = isOld && index < blocks.length - 1;
      const id = uuid(random);
      out.add(file, {
        parentUuid: lastUuid,
        isSidechain: agentId !== undefined,
        ...(agentId === undefined ? {} : { agentId }),
        message: {
          id: messageId,
          type: 'message',
          role: 'assistant',
          model: callModel,
          content: [block],
          stop_reason: tool === undefined ? 'end_turn' : 'tool_use',
          stop_sequence: null,
          usage: isPartial ? { ...usage, output_tokens: 1 + Math.floor(random() * 8) } : usage,
          ...(isOld ? {} : { stop_details: null }),
        },
        ...(isOld ? {} : { apiBlockIndex: index }),
        requestId,
        ...(isOld ? {} : { requestedModel: callModel, promptCacheRequested: agentId === undefined ? '1h' : '5m' }),
        type: 'assistant',
        uuid: id,
        timestamp: stampOf(atMs + index * 400),
        ...common,
      });
      if (agentId === undefined) lastUuid = id;
    }
    if (tool !== undefined && agentId === undefined) {
      const failed = random() < failures;
      const result = failed ? { content: 'An invented error.', is_error: true } : { content: 'An invented result.' };
      fromUser(atMs + 2000, [{ type: 'tool_result', tool_use_id: toolUse.id, ...result }]);
    }
    const sum = used.get(callModel) ?? { input: 0, output: 0, cacheRead: 0, write5m: 0, write1h: 0 };
    const tokens = tokensOf(usage);
    used.set(callModel, Object.fromEntries(Object.entries(tokens).map(([name, count]) => [name, sum[name] + count])));
    return usdOf(callModel, tokens);
  };

  const delegate = atMs => {
    const agentId = hex(random, 17);
    const agentModel = agentModelFor(model, random);
    const file = path.join(folder, sessionId, 'subagents', `agent-${agentId}.jsonl`);
    const meta = { agentType: 'Explore', isBuiltIn: true, description: 'An invented task', spawnDepth: 1 };
    out.add(file.replace(/jsonl$/, 'meta.json'), { ...meta, model: agentModel, finished: true });
    let usd = 0;
    let read = 0;
    let callMs = atMs + 2000;
    for (let calls = between(random, 3, 14); calls > 0; calls--) {
      const written = Math.round(read === 0 ? between(random, 9000, 14_000) : between(random, 600, 5000));
      const usage = claudeUsage({ read, written5m: written, written1h: 0, output: between(random, 90, 700), random });
      const tool = calls <= 1 ? undefined : pick(random, ['Read', 'Grep', 'Glob']);
      usd += answer(file, { atMs: callMs, callModel: agentModel, usage, tool, agentId });
      read += written;
      callMs += between(random, 3000, 7000);
    }
    lastMs = Math.max(lastMs, callMs);
    return usd;
  };

  return {
    prompt: () => fromUser(lastMs + 1000, 'An invented request.'),
    call: (atMs, endsTurn = false) => {
      const isFirst = context === 0;
      if (context > longestContext) context = between(random, 28_000, 40_000);
      calls++;
      const isOtherModel = calls === until.otherModel && model === 'claude-opus-5-5';
      if (isOtherModel) mainModel = 'claude-sonnet-5-5';
      const isBroken = atMs - lastMs > cacheMs || isOtherModel || calls === until.otherTools;
      const written = Math.round(isFirst ? between(random, 18_000, 27_000) : between(random, 700, 6800));
      const output = random() < 0.14 ? between(random, 1500, 4000) : between(random, 120, 1500);
      const cache = isBroken
        ? { read: 0, written1h: Math.round(context) + written }
        : { read: context, written1h: written };
      const usage = claudeUsage({ ...cache, written5m: 0, output, random });
      const tool = endsTurn ? undefined : toolFor(random);
      context += written;
      lastMs = atMs;
      const usd = answer(log, { atMs, callModel: mainModel, usage, tool, agentId: undefined });
      return tool === 'Task' ? usd + delegate(atMs) : usd;
    },
    end: () => {
      if (isOld || rates[model] === undefined) return;
      // What it lists nowhere: a title, and the summary of a long conversation.
      const title = { input: between(random, 400, 1200), output: between(random, 12, 60) };
      const summary = context > 120_000 ? { cacheRead: context, output: between(random, 1800, 4200) } : {};
      const state = stateOf([...used, [smallModel, title], [mainModel, summary]]);
      const duration = lastMs - startMs + 5000;
      out.add(log, {
        type: 'cost-state',
        sessionId,
        totalCostUSD: state.reduce((sum, [, { costUSD }]) => sum + costUSD, 0),
        totalAPIDuration: Math.round(duration * 0.6),
        totalDuration: duration,
        startTime: startMs - 3000,
        modelUsage: Object.fromEntries(state),
        hasUnknownModelCost: false,
      });
    },
    write: () => out.write(),
  };
}

function claudeUsage({ read, written5m, written1h, output, random }) {
  const outputTokens = Math.round(output);
  return {
    input_tokens: Math.round(between(random, 3, 900)),
    cache_creation_input_tokens: written5m + written1h,
    cache_read_input_tokens: Math.round(read),
    output_tokens: outputTokens,
    output_tokens_details: { thinking_tokens: Math.round(outputTokens * random() * 0.4) },
    server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
    service_tier: 'standard',
    cache_creation: { ephemeral_1h_input_tokens: written1h, ephemeral_5m_input_tokens: written5m },
    inference_geo: '',
    iterations: [],
    speed: 'standard',
  };
}

function tokensOf(usage) {
  return {
    input: usage.input_tokens,
    output: usage.output_tokens,
    cacheRead: usage.cache_read_input_tokens,
    write5m: usage.cache_creation.ephemeral_5m_input_tokens,
    write1h: usage.cache_creation.ephemeral_1h_input_tokens,
  };
}

/** The sums by model as a `cost-state` has them. */
function stateOf(parts) {
  const sums = new Map();
  for (const [model, { input = 0, output = 0, cacheRead = 0, write5m = 0, write1h = 0 }] of parts) {
    const sum = sums.get(model) ?? { input: 0, output: 0, cacheRead: 0, write5m: 0, write1h: 0 };
    sum.input += Math.round(input);
    sum.output += Math.round(output);
    sum.cacheRead += Math.round(cacheRead);
    sum.write5m += write5m;
    sum.write1h += write1h;
    sums.set(model, sum);
  }
  return [...sums].map(([model, sum]) => [
    model,
    {
      inputTokens: sum.input,
      outputTokens: sum.output,
      thinkingTokens: 0,
      cacheReadInputTokens: sum.cacheRead,
      cacheCreationInputTokens: sum.write5m + sum.write1h,
      cacheCreationEphemeral5mInputTokens: sum.write5m,
      cacheCreationEphemeral1hInputTokens: sum.write1h,
      webSearchRequests: 0,
      costUSD: usdOf(model, sum),
    },
  ]);
}

const tools = [
  ['Bash', 0.28],
  ['Read', 0.24],
  ['Edit', 0.23],
  ['Grep', 0.1],
  ['Write', 0.03],
  ['Task', 0.02],
];

/** @returns {string | undefined} undefined for an answer in words */
function toolFor(random) {
  let left = random();
  return tools.find(([, share]) => (left -= share) < 0)?.[0];
}

/** The share of what tools do that goes wrong: a test fails, a text to replace is not there. */
const failures = 0.05;

const folders = ['cart', 'invoices', 'orders', 'prices', 'search', 'sessions', 'stock', 'users'];
const files = ['checks.ts', 'format.ts', 'index.ts', 'routes.ts', 'rules.ts', 'store.ts', 'store.test.ts'];

function inputOf(tool, random) {
  if (tool === 'Bash') return { command: 'npm test', description: 'Run the tests' };
  return { file_path: `src/${pick(random, folders)}/${pick(random, files)}` };
}

/** Under a switch, subagents use the internal model, too. */
function agentModelFor(model, random) {
  if (rates[model] === undefined) return model;
  return model === 'claude-opus-5-5' && random() < 0.5 ? 'claude-sonnet-5-5' : smallModel;
}

/**
 * A session of Codex.
 * @param {{ home: string, cwd: string, model: string, atMs: number, isPlan: boolean, random: () => number }} about whether a plan pays for it, and not an API key
 * @returns {SampleSession}
 */
export function codexSession({ home, cwd, model, atMs: startMs, isPlan, random }) {
  const thread = timedUuid(startMs, random);
  const log = path.join(home, '.codex', 'sessions', ...rolloutPath(startMs, thread));
  const out = new Lines();
  const total = { input_tokens: 0, cached_input_tokens: 0, cache_write_input_tokens: 0, output_tokens: 0 };
  Object.assign(total, { reasoning_output_tokens: 0, total_tokens: 0 });
  // Older models bill what they write to their cache as plain input, and do not tell.
  const tellsWrites = model !== 'gpt-5.5';
  const origin = isPlan ? { originator: 'codex_vscode', source: 'vscode' } : { originator: 'codex-tui', source: 'cli' };
  let ordinal = 0;
  let turn = '';
  let context = 0;
  let lastMs = startMs;
  const add = (atMs, type, payload) => out.add(log, { timestamp: stampOf(atMs), ordinal: ordinal++, type, payload });
  add(startMs, 'session_meta', {
    session_id: thread,
    id: thread,
    timestamp: stampOf(startMs),
    cwd,
    runtime_workspace_roots: [cwd],
    originator: origin.originator,
    cli_version: '0.169.0',
    source: origin.source,
    thread_source: 'user',
    model_provider: 'openai',
    history_mode: 'paginated',
  });

  return {
    prompt: () => {
      const atMs = lastMs + 1000;
      turn = timedUuid(atMs, random);
      const attribution = { turn_id: turn, turn_trigger: 'user', parent_turn_id: null, root_turn_id: turn };
      add(atMs, 'event_msg', { type: 'task_started', turn_attribution: attribution, turn_id: turn });
      add(atMs, 'turn_context', { turn_id: turn, cwd, approval_policy: 'on-request', model, effort: 'medium' });
    },
    call: (atMs, endsTurn = false) => {
      const fresh = Math.round(context === 0 ? between(random, 12_000, 18_000) : between(random, 400, 6000));
      const written = tellsWrites && random() < 0.8 ? Math.round(fresh * 0.8) : 0;
      const output = Math.round(random() < 0.1 ? between(random, 1500, 4000) : between(random, 100, 1200));
      const usage = {
        input_tokens: context + fresh,
        cached_input_tokens: context,
        cache_write_input_tokens: written,
        output_tokens: output,
        reasoning_output_tokens: Math.round(output * (0.2 + random() * 0.4)),
        total_tokens: context + fresh + output,
      };
      for (const [name, count] of Object.entries(usage)) total[name] += count;
      if (!endsTurn && random() < 0.85) {
        const name = random() < 0.75 ? 'exec_command' : 'apply_patch';
        const ids = { id: `fc_${hex(random, 16)}`, call_id: `call_${hex(random, 16)}` };
        add(atMs - 300, 'response_item', { type: 'function_call', status: 'completed', name, arguments: '{}', ...ids });
      }
      const ids = { thread_id: thread, turn_id: turn, session_id: thread, root_turn_id: turn };
      const response = `resp_${hex(random, 32)}`;
      add(atMs, 'token_usage_record', { ...ids, response_id: response, usage, thread_token_usage: { ...total } });
      const limit = { used_percent: 12, window_minutes: 10_080 };
      add(atMs + 1, 'event_msg', {
        type: 'token_count',
        info: { total_token_usage: { ...total }, last_token_usage: usage, model_context_window: 258_400 },
        rate_limits: { limit_id: 'codex', primary: isPlan ? limit : null, plan_type: isPlan ? 'team' : null },
      });
      const usd = usdOf(model, {
        input: fresh - written,
        output,
        cacheRead: context,
        write5m: written,
        write1h: 0,
      });
      context = context + fresh > longestContext ? 24_000 : context + fresh;
      lastMs = atMs;
      return usd;
    },
    end: () => add(lastMs + 500, 'event_msg', { type: 'task_complete', turn_id: turn, last_agent_message: null }),
    write: () => out.write(),
  };
}

/** The name has the local time. */
function rolloutPath(atMs, thread) {
  const local = new Date(atMs);
  const pad = number => String(number).padStart(2, '0');
  const day = [String(local.getFullYear()), pad(local.getMonth() + 1), pad(local.getDate())];
  const time = [local.getHours(), local.getMinutes(), local.getSeconds()].map(pad).join('-');
  return [...day, `rollout-${day.join('-')}T${time}-${thread}.jsonl`];
}

function usdOf(model, tokens) {
  const price = rates[model];
  if (price === undefined) return 0;
  return Object.entries(price).reduce((sum, [name, rate]) => sum + (tokens[name] * rate) / 1e6, 0);
}

/** Lines that wait to be written, by file. */
class Lines {
  #waiting = new Map();

  add(file, record) {
    this.#waiting.set(file, `${this.#waiting.get(file) ?? ''}${JSON.stringify(record)}\n`);
  }

  async write() {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [file, text] of waiting) {
      await mkdir(path.dirname(file), { recursive: true });
      await appendFile(file, text);
    }
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function between(random, low, high) {
  return low + random() * (high - low);
}

export function pick(random, list) {
  return list[Math.floor(random() * list.length)];
}

function stampOf(atMs) {
  return new Date(atMs).toISOString();
}

function hex(random, length) {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
}

function uuid(random) {
  return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`;
}

/** A UUID of version 7, which has the time in it. */
function timedUuid(atMs, random) {
  const time = Math.floor(atMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`;
}
