import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * An invented home of a developer who works with Claude Code and Codex.
 * @typedef {object} SampleHome
 * @property {string} home
 * @property {string} project a folder they worked in
 * @property {Record<string, string>} env what makes programs take this home for the user's
 */

const days = 30;
const minuteMs = 60 * 1000;
const dayMs = 24 * 60 * minuteMs;

/**
 * Writes logs of the last 30 days, today included. The same moment gives the same logs.
 * @param {string} folder an empty folder, which becomes the home
 * @param {{ nowMs?: number }} [options]
 * @returns {Promise<SampleHome>}
 */
export async function writeSampleHome(folder, { nowMs = Date.now() } = {}) {
  const random = randomFrom(nowMs);
  const projects = ['shop', 'billing', 'website'].map(name => path.join(folder, 'work', name));
  for (const project of projects) {
    await mkdir(project, { recursive: true });
    await writeFile(path.join(project, 'README.md'), `# ${path.basename(project)}\n\nAn invented project.\n`);
  }
  for (let age = 0; age < days; age++) {
    const isWeekend = [0, 6].includes(new Date(nowMs - age * dayMs).getDay());
    const sessions = isWeekend ? Math.floor(random() * 1.3) : 1 + Math.floor(random() * 4);
    // Today has both assistants, whatever day it is and however early.
    const writers = age === 0 ? [writeClaudeSession, writeCodexSession, writeClaudeSession] : [];
    while (writers.length < sessions) writers.push(random() < 0.7 ? writeClaudeSession : writeCodexSession);
    for (const write of writers) {
      const earlierMs = (20 + random() * 90) * minuteMs;
      const atMs = nowMs - age * dayMs - Math.min(earlierMs, (nowMs - startOfDayMs(nowMs)) * 0.9);
      await write(folder, { atMs, untilMs: nowMs, cwd: pick(random, projects), random });
    }
  }
  return {
    home: folder,
    project: projects[0],
    env: {
      HOME: folder,
      USERPROFILE: folder,
      CLAUDE_CONFIG_DIR: path.join(folder, '.claude'),
      CODEX_HOME: path.join(folder, '.codex'),
      AI_SPEND_METER_HOME: path.join(folder, '.local', 'share', 'ai-spend-meter'),
      AI_SPEND_METER_SAMPLE: '1',
    },
  };
}

async function writeClaudeSession(home, { atMs, untilMs, cwd, random }) {
  const sessionId = uuid(random);
  const model = random() < 0.35 ? 'claude-opus-5-5' : 'claude-sonnet-5';
  const lines = [];
  let cacheRead = 0;
  let callAtMs = atMs;
  for (let call = 0; call < 4 + random() * 14 && callAtMs < untilMs; call++) {
    const written = Math.round(800 + random() * 6000);
    const usage = {
      input_tokens: Math.round(5 + random() * 60),
      output_tokens: Math.round(80 + random() * 1400),
      cache_creation_input_tokens: written,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: written },
      cache_read_input_tokens: cacheRead,
      server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
      service_tier: 'standard',
      speed: 'standard',
    };
    cacheRead += written;
    lines.push({
      type: 'assistant',
      parentUuid: uuid(random),
      uuid: uuid(random),
      isSidechain: false,
      sessionId,
      timestamp: new Date(callAtMs).toISOString(),
      cwd,
      gitBranch: 'main',
      version: '2.1.330',
      userType: 'external',
      entrypoint: random() < 0.5 ? 'claude-vscode' : 'cli',
      requestId: `req_${hex(random, 16)}`,
      message: {
        id: `msg_${hex(random, 16)}`,
        type: 'message',
        role: 'assistant',
        model,
        content: [{ type: 'text', text: 'An invented answer.' }],
        stop_reason: 'tool_use',
        usage,
      },
    });
    callAtMs += (5 + random() * 55) * 1000;
  }
  const slug = cwd.replaceAll(/[^A-Za-z0-9-]/g, '-');
  await writeLines(path.join(home, '.claude', 'projects', slug, `${sessionId}.jsonl`), lines);
}

async function writeCodexSession(home, { atMs, untilMs, cwd, random }) {
  const thread = uuid(random);
  const turn = uuid(random);
  const stamp = new Date(atMs).toISOString();
  const meta = { id: thread, session_id: thread, timestamp: stamp, cwd, originator: 'codex_vscode', source: 'vscode' };
  const lines = [
    {
      timestamp: stamp,
      ordinal: 0,
      type: 'session_meta',
      payload: { ...meta, cli_version: '0.169.0', thread_source: 'user', model_provider: 'openai' },
    },
    { timestamp: stamp, ordinal: 1, type: 'turn_context', payload: { turn_id: turn, cwd, model: 'gpt-5.5' } },
  ];
  let cached = 0;
  let callAtMs = atMs;
  for (let call = 0; call < 3 + random() * 9 && callAtMs < untilMs; call++) {
    const fresh = Math.round(400 + random() * 5000);
    const output = Math.round(60 + random() * 1200);
    const input = cached + fresh;
    const usage = {
      input_tokens: input,
      cached_input_tokens: cached,
      cache_write_input_tokens: 0,
      output_tokens: output,
      reasoning_output_tokens: Math.round(output * 0.4),
      total_tokens: input + output,
    };
    lines.push({
      timestamp: new Date(callAtMs).toISOString(),
      ordinal: lines.length,
      type: 'token_usage_record',
      payload: { thread_id: thread, turn_id: turn, session_id: thread, response_id: `resp_${hex(random, 16)}`, usage },
    });
    cached = input;
    callAtMs += (5 + random() * 40) * 1000;
  }
  const local = new Date(atMs);
  const pad = number => String(number).padStart(2, '0');
  const day = [String(local.getFullYear()), pad(local.getMonth() + 1), pad(local.getDate())];
  const time = [local.getHours(), local.getMinutes(), local.getSeconds()].map(pad).join('-');
  const name = `rollout-${day.join('-')}T${time}-${thread}.jsonl`;
  await writeLines(path.join(home, '.codex', 'sessions', ...day, name), lines);
}

async function writeLines(file, lines) {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, lines.map(line => `${JSON.stringify(line)}\n`).join(''));
}

function startOfDayMs(atMs) {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick(random, list) {
  return list[Math.floor(random() * list.length)];
}

function hex(random, length) {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
}

function uuid(random) {
  return [8, 4, 4, 4, 12].map(length => hex(random, length)).join('-');
}
