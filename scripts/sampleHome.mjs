import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { between, claudeSession, codexSession, pick, randomFrom } from './sampleLogs.mjs';
import { writeSampleRepositories } from './sampleRepositories.mjs';

/**
 * An invented home of a developer who works with Claude Code and Codex.
 * @typedef {object} SampleHome
 * @property {string} home
 * @property {string} project a folder they worked in
 * @property {string} meterDir where the ledger is
 * @property {Record<string, string>} env what makes programs take this home for the user's
 * @property {Record<string, unknown>} settings the user settings that they have
 * @property {() => () => Promise<void>} goOn lets them go on working, a call every now and then, until what it gives is called
 */

const days = 30;
/** Before them, they worked less with assistants for a while. */
const daysBefore = 40;
const minuteMs = 60 * 1000;
const hourMs = 60 * minuteMs;

/** The first is the one that they work in now. */
const projects = ['checkout-api', 'storefront', 'billing-service', 'search-index', 'mobile-app', 'infra'];

/** What today has cost, once it is afternoon. */
const todayUsd = 38;

/** An endpoint that nobody serves: a switch says so, and asks whether to go on. */
const settings = {
  'aiSpendMeter.internalModels': [
    {
      displayName: 'Acme Coder',
      baseUrl: 'http://127.0.0.1:1',
      formats: ['messages', 'chatCompletions', 'responses'],
      model: 'acme-coder-1',
      prices: { input: 0.3, output: 1.2, cacheRead: 0.03, cacheWrite: 0.3 },
      contextTokens: 131_072,
      suitableWork: ['edit', 'run', 'explore', 'answer'],
    },
  ],
};

/**
 * Writes logs of the last ten weeks, until a moment ago. The same moment gives the same logs.
 * @param {string} folder an empty folder, which becomes the home
 * @param {{ nowMs?: number }} [options]
 * @returns {Promise<SampleHome>}
 */
export async function writeSampleHome(folder, { nowMs = Date.now() } = {}) {
  const random = randomFrom(20_260_930);
  const folders = projects.map(name => path.join(folder, 'work', name));
  for (const project of folders) {
    await mkdir(path.join(project, 'src'), { recursive: true });
    await writeFile(path.join(project, 'README.md'), `# ${path.basename(project)}\n\nAn invented project.\n`);
    await writeFile(path.join(project, 'src', 'index.ts'), 'export {};\n');
  }
  // On a day of work.
  const trialAge = [3, 4, 5].find(age => !isWeekend(dayBefore(nowMs, age)));
  const developer = { home: folder, folders, trialAge, random };
  const beginner = { ...developer, random: randomFrom(20_260_901) };
  for (let age = days + daysBefore - 1; age >= days; age--) await workOn(dayBefore(nowMs, age), age, beginner);
  for (let age = days - 1; age > 0; age--) await workOn(dayBefore(nowMs, age), age, developer);
  const now = await workToday(nowMs, developer);
  // One of them is in no repository.
  const place = { HOME: folder, USERPROFILE: folder, XDG_CONFIG_HOME: path.join(folder, '.config') };
  await writeSampleRepositories(folder, folders.slice(0, -1), { nowMs, days: days + daysBefore, env: place });
  const meterDir = path.join(folder, '.local', 'share', 'ai-spend-meter');
  return {
    home: folder,
    project: folders[0],
    meterDir,
    env: {
      HOME: folder,
      USERPROFILE: folder,
      XDG_CONFIG_HOME: path.join(folder, '.config'),
      CLAUDE_CONFIG_DIR: path.join(folder, '.claude'),
      CODEX_HOME: path.join(folder, '.codex'),
      AI_SPEND_METER_HOME: meterDir,
      AI_SPEND_METER_SAMPLE: '1',
    },
    settings,
    goOn: () => goOnWith(now, random),
  };
}

/** A whole day: busy, or almost quiet at weekends. */
async function workOn(midnightMs, age, developer) {
  const { random } = developer;
  const busyUsd = age < days ? 15 + 45 * random() ** 1.2 : 6 + 26 * random() ** 1.6;
  const quietUsd = random() < 0.6 ? 0 : between(random, 2, 7);
  const fromMs = midnightMs + between(random, 8.3, 9.6) * hourMs;
  const work = { fromMs, untilMs: midnightMs + between(random, 17.2, 19.5) * hourMs, age };
  await spend(isWeekend(midnightMs) ? quietUsd : busyUsd, work, developer);
}

/** Today until now, whatever day and time it is, with a session that has just begun and is between two turns. */
async function workToday(nowMs, developer) {
  const { home, folders, random } = developer;
  const midnightMs = dayBefore(nowMs, 0);
  const session = claudeSession({
    home,
    cwd: folders[0],
    model: 'claude-opus-5-5',
    atMs: Math.max(midnightMs, nowMs - 9 * minuteMs),
    version: newVersion,
    random,
  });
  let usd = 0;
  let atMs = Math.max(midnightMs, nowMs - 8 * minuteMs);
  // A subagent may go on for that long.
  for (let call = 0; atMs < nowMs - 2 * minuteMs; call++) {
    if (call % 12 === 0) session.prompt();
    usd += session.call(atMs, call % 12 === 11);
    atMs += between(random, 14, 24) * 1000;
  }
  usd += session.call(nowMs - 25_000, true);
  const fromMs = Math.max(midnightMs, Math.min(midnightMs + 8.6 * hourMs, nowMs - 7 * hourMs));
  const untilMs = nowMs - 8 * minuteMs;
  const enoughUsd = Math.min(todayUsd, ((nowMs - midnightMs) / hourMs) * 6);
  if (untilMs > fromMs) await spend(enoughUsd - usd, { fromMs, untilMs, age: 0 }, developer);
  await session.write();
  return session;
}

const oldVersion = '2.1.220';
const newVersion = '2.1.330';

/** Works in one session after the other, some of them side by side, until that has cost enough. */
async function spend(usd, { fromMs, untilMs, age }, { home, folders, trialAge, random }) {
  let left = usd;
  let startMs = fromMs;
  for (let sessions = 0; left > 0 && sessions < 40; sessions++) {
    const about = { home, cwd: pickProject(random, folders), atMs: startMs, random };
    const isTrial = age === trialAge && sessions === 1;
    const session = isTrial ? trySession(about) : beginSession(about, age);
    const calls = isTrial ? 16 : 5 + 115 * random() ** 2.2;
    const worth = await workIn(session, { startMs, untilMs, calls, left, random });
    left -= worth.usd;
    startMs = worth.endMs + between(random, 3, 25) * minuteMs;
    if (startMs > untilMs - 20 * minuteMs) startMs = between(random, fromMs, fromMs + (untilMs - fromMs) * 0.7);
  }
}

async function workIn(session, { startMs, untilMs, calls, left, random }) {
  let usd = 0;
  let atMs = startMs;
  let turn = 0;
  for (let call = 0; call < calls && usd < left && (call === 0 || atMs < untilMs); call++) {
    if (turn <= 0) {
      session.prompt();
      turn = between(random, 3, 18);
      if (call > 0) atMs += between(random, 0.5, 4) * minuteMs;
      if (call > 0 && isNoon(atMs)) atMs += lunchMs;
    }
    turn--;
    usd += session.call(atMs, turn <= 0);
    atMs += between(random, 6, 34) * 1000;
  }
  if (turn > 0) usd += session.call(atMs, true);
  session.end();
  await session.write();
  return { usd, endMs: atMs };
}

/** Until a few days ago, a plan paid for Codex in the editor. */
function beginSession(about, age) {
  const { random } = about;
  if (random() < 0.27) {
    const model = random() < 0.6 ? 'gpt-5.6-sol' : 'gpt-5.5';
    return codexSession({ ...about, model, isPlan: age >= 4 && random() < 0.55 });
  }
  const roll = random();
  const model = roll < 0.42 ? 'claude-opus-5-5' : roll < 0.92 ? 'claude-sonnet-5-5' : 'claude-haiku-4-5';
  return claudeSession({ ...about, model, version: age > 20 ? oldVersion : newVersion });
}

/** With a model that nobody has a price for. */
function trySession(about) {
  return claudeSession({ ...about, model: 'acme-coder-beta', version: newVersion });
}

/** Longer than the cache holds what was sent. */
const lunchMs = 64 * minuteMs;

function isNoon(atMs) {
  return new Date(atMs).getHours() === 12;
}

function isWeekend(dayMs) {
  return [0, 6].includes(new Date(dayMs).getDay());
}

/** The first projects more often than the last ones. */
function pickProject(random, folders) {
  return random() < 0.2 ? pick(random, folders) : folders[Math.floor(random() ** 1.7 * folders.length)];
}

function goOnWith(session, random) {
  let timer;
  let writing = Promise.resolve();
  const wait = () => {
    timer = setTimeout(work, between(random, 12, 26) * 1000);
  };
  const work = () => {
    session.call(Date.now());
    writing = session.write();
    wait();
  };
  wait();
  return async () => {
    clearTimeout(timer);
    await writing;
  };
}

/** The beginning of a day, in local time. */
function dayBefore(nowMs, age) {
  const midnight = new Date(nowMs);
  midnight.setHours(0, 0, 0, 0);
  midnight.setDate(midnight.getDate() - age);
  return midnight.getTime();
}
