import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { between, pick, randomFrom } from './sampleLogs.mjs';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const developer = 'Dev Sample <dev@example.com>';
const colleague = 'Ada Sample <ada@example.com>';

const topics = ['cart', 'refunds', 'search', 'invoices', 'login', 'retries', 'exports', 'webhooks', 'limits', 'audit'];
const verbs = ['Add', 'Extend', 'Simplify', 'Fix', 'Speed up', 'Test'];

/**
 * Makes repositories of folders: weeks of commits of the developer's and a colleague's, on branches that are merged,
 * squashed, or still open. The same moment gives the same histories. Without git, folders stay as they are.
 * @param {string} home where git's settings are
 * @param {readonly string[]} folders
 * @param {{ nowMs: number, days: number, env: Record<string, string> }} options
 */
export async function writeSampleRepositories(home, folders, { nowMs, days, env }) {
  const settings = '[user]\n\tname = Dev Sample\n\temail = dev@example.com\n[init]\n\tdefaultBranch = main\n';
  await writeFile(path.join(home, '.gitconfig'), settings);
  for (const [index, folder] of folders.entries()) {
    const git = (args, input) => run(args, { folder, input, env: { PATH: process.env.PATH ?? '', ...env } });
    try {
      await git(['init', '--quiet', '--initial-branch=main']);
      await git(['fast-import', '--quiet'], historyOf(folder, { nowMs, days, random: randomFrom(20_261_001 + index) }));
      await git(['reset', '--quiet', '--hard', 'main']);
    } catch {
      return;
    }
  }
}

/** A history as `git fast-import` reads it. */
function historyOf(folder, { nowMs, days, random }) {
  const history = new History();
  const files = new Map([
    ['README.md', [`# ${path.basename(folder)}`, '', 'An invented project.']],
    ['src/index.ts', ['export {};']],
  ]);
  history.commit('main', { atMs: nowMs - days * dayMs - dayMs, by: colleague, message: 'Begin', files });
  const lastMs = nowMs - 5 * hourMs;
  let branches = 0;
  for (let age = days; age >= 0; age--) {
    const midnightMs = new Date(nowMs - age * dayMs).setHours(0, 0, 0, 0);
    if ([0, 6].includes(new Date(midnightMs).getDay()) || random() < 0.25) continue;
    const atMs = midnightMs + between(random, 9.5, 12) * hourMs;
    if (atMs + 6 * hourMs > lastMs) break;
    const topic = pick(random, topics);
    if (random() < 0.35) {
      work(history, 'main', { topic, atMs, by: developer, files, random });
      if (random() < 0.5) work(history, 'main', { topic, atMs: atMs + 5 * hourMs, by: colleague, files, random });
      continue;
    }
    branches += 1;
    const branch = `${topic}-${branches}`;
    const number = 100 + branches;
    const own = new Map(files);
    const changed = new Map();
    history.branch(branch);
    const count = Math.ceil(between(random, 1, 3));
    for (let step = 0; step < count; step++) {
      const name = work(history, branch, { topic, atMs: atMs + step * 2 * hourMs, by: developer, files: own, random });
      changed.set(name, own.get(name));
    }
    if (age < 3 && random() < 0.7) continue;
    const mergedMs = atMs + (count * 2 + 1) * hourMs;
    for (const [name, lines] of changed) files.set(name, lines);
    if (random() < 0.4) {
      const message = `${pick(random, verbs)} ${topic} (#${number})`;
      history.commit('main', { atMs: mergedMs, by: developer, message, files: changed });
    } else {
      history.merge(branch, { atMs: mergedMs, message: `Merge pull request #${number} from acme/${branch}`, changed });
    }
  }
  return history.text;
}

/** One commit that writes some lines into a file of a topic, and takes some away. */
function work(history, branch, { topic, atMs, by, files, random }) {
  const name = `src/${topic}.ts`;
  const before = files.get(name) ?? [];
  const kept = before.filter(() => random() < (random() < 0.2 ? 0.6 : 0.97));
  const added = Array.from(
    { length: Math.ceil(between(random, 8, 60)) },
    () => `export const ${topic}${Math.floor(random() * 1e6)} = check('${topic}', ${Math.floor(random() * 1e6)});`,
  );
  const lines = [...kept, ...added];
  files.set(name, lines);
  const message = `${pick(random, verbs)} ${topic}`;
  history.commit(branch, { atMs, by, message, files: new Map([[name, lines]]) });
  return name;
}

class History {
  text = '';
  #marks = 0;
  #tips = new Map();

  branch(name) {
    this.#tips.set(name, this.#tips.get('main'));
  }

  commit(branch, { atMs, by, message, files, merged }) {
    const mark = ++this.#marks;
    const when = `${by} ${Math.floor(atMs / 1000)} +0000`;
    const from = this.#tips.get(branch);
    this.text += `commit refs/heads/${branch}\nmark :${mark}\nauthor ${when}\ncommitter ${when}\n${data(message)}`;
    if (from !== undefined) this.text += `from :${from}\n`;
    if (merged !== undefined) this.text += `merge :${merged}\n`;
    for (const [name, lines] of files) this.text += `M 100644 inline ${name}\n${data(`${lines.join('\n')}\n`)}`;
    this.text += '\n';
    this.#tips.set(branch, mark);
  }

  /** A merged branch is deleted, as servers do. */
  merge(branch, { atMs, message, changed }) {
    this.commit('main', { atMs, by: developer, message, files: changed, merged: this.#tips.get(branch) });
    this.text += `reset refs/heads/${branch}\nfrom 0000000000000000000000000000000000000000\n\n`;
  }
}

function data(text) {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function run(args, { folder, input, env }) {
  return new Promise((resolve, reject) => {
    const git = spawn('git', args, { cwd: folder, env, stdio: ['pipe', 'ignore', 'ignore'] });
    git.on('error', reject);
    git.on('close', code => (code === 0 ? resolve() : reject(new Error(`git ${args[0]}: ${code}`))));
    git.stdin.on('error', () => undefined);
    git.stdin.end(input ?? '');
  });
}
