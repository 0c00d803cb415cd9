// How fast logs are read into the ledger, as a ratio to ccusage on the same files in the same run.
//
//   npm run bench -- reading [--size 500MB] [--seeds 1,2,3] [--rounds 7]
//
// For each seed: generates logs (test/bench/generateLogs.mjs), checks that the ledger equals their truth in every cell
// of day and model, then runs in turns, page cache warm: ccusage's daily report; ours from nothing (every call into a
// new ledger), by day and by model; ours on the ledger as it is; ours after one line was appended. Prints medians and
// paired ratios.
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const cli = join(root, 'dist', 'cli.js');
const ccusageVersion = '20.0.24';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '500MB' },
    seeds: { type: 'string', default: '1,2,3' },
    rounds: { type: 'string', default: '7' },
  },
});

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Without what would move the assistants' folders away from the generated ones. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !['CLAUDE_CONFIG_DIR', 'CODEX_HOME'].includes(name)),
);

function run(command, args, env = {}) {
  const result = spawnSync(command, args, { env: { ...environment, ...env }, maxBuffer: 2 ** 30 });
  if (result.status !== 0) fail(`${command} failed: ${result.stderr}${result.error ?? ''}`);
  return result.stdout;
}

/** ccusage's native program, from npm; its launcher would add the start of Node. */
function ccusage() {
  const folder = join(root, '.vscode-test', 'bench');
  const name = `ccusage-${process.platform}-${process.arch}`;
  const program = join(folder, 'node_modules', '@ccusage', name, 'bin', 'ccusage');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    run(npm, ['install', '--no-save', '--ignore-scripts', '--prefix', folder, `ccusage@${ccusageVersion}`]);
  }
  chmodSync(program, 0o755);
  return program;
}

function generated(size, seed) {
  const folder = join(tmpdir(), 'ai-spend-meter-bench', `${size}-${seed}`);
  if (!existsSync(join(folder, 'truth.json'))) {
    run(process.execPath, [join(here, 'generateLogs.mjs'), '--out', folder, '--size', size, '--seed', String(seed)]);
  }
  return folder;
}

/** Wall time in milliseconds and peak memory in MiB of one process. */
function timed(command, args, env) {
  const peak = join(tmpdir(), `ai-spend-meter-bench-${process.pid}.rss`);
  const isGnuTime = existsSync('/usr/bin/time');
  const started = process.hrtime.bigint();
  if (isGnuTime) run('/usr/bin/time', ['-f', '%M', '-o', peak, command, ...args], env);
  else run(command, args, env);
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  const mib = isGnuTime ? Number(readFileSync(peak, 'utf8').trim().split('\n').pop()) / 1024 : NaN;
  rmSync(peak, { force: true });
  return { ms, mib };
}

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Every cell of day and model must be the truth. */
function check(folder, env) {
  const report = JSON.parse(
    run(process.execPath, [cli, 'report', '--json', '--by', 'call', '--time-zone', 'UTC'], env),
  );
  const cells = new Map();
  for (const row of report.rows) {
    const key = `${new Date(row.atMs).toISOString().slice(0, 10)} ${row.model}`;
    const cell = cells.get(key) ?? [0, 0, 0, 0, 0, 0];
    const counts = [
      row.calls,
      row.inputTokens,
      row.outputTokens,
      row.cacheReadTokens,
      row.cacheWrite5mTokens,
      row.cacheWrite1hTokens,
    ];
    cells.set(
      key,
      cell.map((count, i) => count + counts[i]),
    );
  }
  const { days } = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'));
  const truth = new Map();
  for (const provider of Object.values(days)) {
    for (const [day, models] of Object.entries(provider)) {
      for (const [model, t] of Object.entries(models)) {
        truth.set(`${day} ${model}`, [t.calls, t.input, t.output, t.cacheRead, t.cacheWrite5m, t.cacheWrite1h]);
      }
    }
  }
  const wrong = [...new Set([...cells.keys(), ...truth.keys()])].filter(
    key => String(cells.get(key)) !== String(truth.get(key)),
  );
  for (const key of wrong.slice(0, 5)) console.error(`${key}: ledger ${cells.get(key)}, truth ${truth.get(key)}`);
  if (wrong.length > 0) fail(`${wrong.length} of ${truth.size} cells differ from the truth`);
  return { cells: truth.size, calls: report.total.calls };
}

function largestLog(folder) {
  const logs = readdirSync(join(folder, 'home', '.claude', 'projects'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map(entry => join(entry.parentPath, entry.name));
  return logs.sort((a, b) => statSync(b).size - statSync(a).size)[Math.floor(logs.length / 2)];
}

if (!existsSync(cli)) fail('dist/cli.js is missing: run `npm run build` first.');
const peer = ccusage();
const rounds = Number(options.rounds);
const report = ['report', '--json', '--time-zone', 'UTC'];
const byModel = [...report, '--by', 'model'];
console.log(`Node ${process.version}, ccusage ${ccusageVersion} (native), ${rounds} rounds in turns, page cache warm`);
console.log('| logs | cells equal | what | median ms | ratio to ccusage | peak MiB |\n|---|---|---|---|---|---|');
const names = {
  ccusage: 'ccusage',
  byDay: 'from nothing, by day',
  cold: 'from nothing',
  warm: 'warm',
  appended: 'warm, one line appended',
};
let isMet = true;
for (const seed of options.seeds.split(',')) {
  const folder = generated(options.size, seed);
  const home = join(folder, 'home');
  const meterHome = join(folder, 'meter');
  const env = {
    HOME: home,
    TZ: 'UTC',
    AI_SPEND_METER_HOME: meterHome,
    XDG_CONFIG_HOME: join(home, '.config'),
  };
  rmSync(meterHome, { recursive: true, force: true });
  const { cells, calls } = check(folder, env);
  const appended = largestLog(folder);
  const results = { ccusage: [], byDay: [], cold: [], warm: [], appended: [] };
  const fromNothing = what => {
    rmSync(meterHome, { recursive: true, force: true });
    return timed(process.execPath, [cli, ...what], env);
  };
  const ways = {
    ccusage: () => timed(peer, ['daily', '--json', '--offline'], env),
    byDay: () => fromNothing(report),
    cold: () => fromNothing(byModel),
    warm: () => timed(process.execPath, [cli, ...byModel], env),
    appended: () => {
      appendFileSync(appended, '{"type":"mode","mode":"normal"}\n');
      return timed(process.execPath, [cli, ...byModel], env);
    },
  };
  for (const way of Object.values(ways)) way();
  for (let round = 0; round < rounds; round++) {
    const turns = round % 2 === 0 ? ['ccusage', 'byDay', 'cold'] : ['cold', 'byDay', 'ccusage'];
    for (const way of [...turns, 'warm', 'appended']) results[way].push(ways[way]());
  }
  for (const [way, runs] of Object.entries(results)) {
    const ratio = median(runs.map((one, i) => one.ms / results.ccusage[i].ms));
    const equal = way === 'cold' ? `${cells} of ${cells} (${calls} calls)` : '';
    const ms = median(runs.map(one => one.ms));
    const mib = Math.max(...runs.map(one => one.mib));
    console.log(
      `| ${options.size}, seed ${seed} | ${equal} | ${names[way]} | ${ms.toFixed(0)} | ${ratio.toFixed(3)} | ${mib.toFixed(0)} |`,
    );
    if (way === 'byDay' || way === 'cold') isMet &&= ratio <= 0.7 && mib <= 200;
    if (way === 'warm') isMet &&= ms <= 150;
  }
}
console.log(isMet ? 'Within the limits: 0.7 × ccusage and 200 MiB from nothing, 150 ms warm.' : 'Over a limit.');
process.exitCode = isMet ? 0 : 1;
