import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How the command line is run: by the editor's own runtime, which need not be on anybody's PATH. */
export interface CommandLine {
  /** The runtime: Node, or an editor that can be it. */
  readonly node: string;
  /** The file of the command line. */
  readonly cli: string;
  /** For how long a commit waits for an answer; absent: five. */
  readonly waitSeconds?: number;
}

/** The script that hooks run, in the folder of everything that is kept for this user. */
export function commitCostScriptPath(dataFolder: string): string {
  return join(dataFolder, 'commit-cost.sh');
}

/**
 * What a `commit-msg` hook runs. It never holds up a commit for longer than a few seconds, and never fails: without an
 * answer the message stays as it is. Git for Windows has a POSIX shell, too.
 */
export function commitCostScript(dataFolder: string, { node, cli, waitSeconds = 5 }: CommandLine): string {
  return `#!/bin/sh
# AI Spend Meter: adds a line "AI-Cost: ..." to the message of a commit, for repositories that it was turned on for.
# Kept up to date by the editor; without it, or without an answer in time, the commit is made as it is.
exec 2>/dev/null
node=${quoted(node)}
cli=${quoted(cli)}
AI_SPEND_METER_HOME=${quoted(dataFolder)}
export AI_SPEND_METER_HOME
message=$1
[ -f "$message" ] && [ -x "$node" ] && [ -f "$cli" ] || exit 0
# What merges, rebases, picks and takes back is no new work.
folder=$(git rev-parse --git-dir) || exit 0
for state in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply; do
  [ -e "$folder/$state" ] && exit 0
done
# An empty message takes the commit back: it has to stay empty.
text=$(sed '/^# -* >8 -*$/,$d' "$message" | git stripspace --strip-comments)
[ -n "$text" ] || exit 0
cost=$(
  ELECTRON_RUN_AS_NODE=1 "$node" "$cli" commit-cost </dev/null &
  asked=$!
  (
    trap 'kill "$pause"' TERM
    sleep ${String(waitSeconds)} &
    pause=$!
    wait "$pause" && kill "$asked"
  ) >/dev/null &
  watch=$!
  wait "$asked"
  kill "$watch"
)
[ -n "$cost" ] || exit 0
git interpret-trailers --in-place --if-exists doNothing --trailer "AI-Cost: $cost" "$message"
exit 0
`;
}

/** The line of a hook that runs the script; it is there only while the extension's own folder is. */
export function commitCostCommand(dataFolder: string): string {
  return `sh ${quoted(commitCostScriptPath(dataFolder))} "$1" </dev/null >/dev/null 2>&1`;
}

/** Keeps the script true where it is in use: with each version the command line is in another folder. */
export async function keepCommitCostScript(dataFolder: string, commandLine: CommandLine): Promise<void> {
  const path = commitCostScriptPath(dataFolder);
  if (!existsSync(path)) return;
  const text = commitCostScript(dataFolder, commandLine);
  if ((await readFile(path, 'utf8')) === text) return;
  const temporary = `${path}.${String(process.pid)}`;
  await writeFile(temporary, text, { mode: 0o700 });
  await rename(temporary, path);
}

/** One word of a POSIX shell, whatever is in it; Git's shell on Windows takes both kinds of slashes in quotation marks. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
