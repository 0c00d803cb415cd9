import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createClaudeCodeSwitcher } from '../../../src/switching/claudeCode.ts';
import { createDisk } from '../../../src/switching/disk.ts';
import type { Disk } from '../../../src/switching/disk.ts';
import type {
  SwitchedModel,
  Switcher,
  SwitchTarget,
  UndoOptions,
  UndoResult,
} from '../../../src/switching/switcher.ts';

export const secret = 'invented-internal-key-0123456789';

export const acme: SwitchedModel = {
  displayName: 'Acme Coder',
  model: 'acme-coder-1',
  baseUrl: 'https://models.acme.example',
  contextTokens: 200_000,
};

export const everywhere: SwitchTarget = { scope: 'everywhere' };

/** A home in a temporary folder, and what a switcher does to it. */
export interface SwitchHome {
  readonly home: string;
  readonly settings: string;
  readonly project: string;
  readonly local: string;
  readonly dataFolder: string;
  /** @param env more of the environment */
  switcher(disk?: Disk, env?: Readonly<Record<string, string>>): Switcher;
  /** Plans and applies. */
  turnOn(target?: SwitchTarget, model?: SwitchedModel): Promise<string>;
  undo(id: string, options?: UndoOptions): Promise<UndoResult>;
  write(path: string, content: string | Buffer): void;
  read(path: string): string | undefined;
  /** Every file below the home but the extension's own, by path, and the empty folders. */
  files(): Readonly<Record<string, string>>;
  dispose(): void;
}

export function createSwitchHome(): SwitchHome {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'switch-home-')));
  const dataFolder = join(home, 'data');
  const project = join(home, 'shop');
  mkdirSync(project);
  const switcher = (disk: Disk = createDisk(), env: Readonly<Record<string, string>> = {}): Switcher =>
    createClaudeCodeSwitcher({
      home,
      env: { PATH: process.env['PATH'], HOME: home, ...env },
      dataFolder,
      now: () => Date.UTC(2026, 10, 22),
      disk,
    });
  return {
    home,
    project,
    dataFolder,
    settings: join(home, '.claude', 'settings.json'),
    local: join(project, '.claude', 'settings.local.json'),
    switcher,
    async turnOn(target = everywhere, model = acme) {
      const one = switcher();
      const plan = await one.plan(target, model);
      await one.apply(plan, secret);
      return plan.id;
    },
    undo: (id, options) => switcher().undo(id, options),
    write(path, content) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    },
    read: textAt,
    files: () => filesBelow(home, join(home, 'data')),
    dispose: () => rmSync(home, { recursive: true, force: true }),
  };
}

export function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // there is none
  }
}

/** The content by path; an empty folder ends with a slash. */
export function filesBelow(folder: string, without?: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (path === without || entry.name === '.git') continue;
      if (!entry.isDirectory()) found[relative(folder, path)] = textAt(path) ?? '';
      else if (readdirSync(path).length === 0) found[`${relative(folder, path)}/`] = '';
      else walk(path);
    }
  };
  walk(folder);
  return found;
}

/** All that is kept in a folder as one text, with what old configurations held: in the journal that is base64. */
export function textKept(folder: string): string {
  const texts = Object.values(existsSync(folder) ? filesBelow(folder) : {});
  const preImages = texts.flatMap(text => [...text.matchAll(/"preImage": "(.*)"/g)].map(([, found = '']) => found));
  return [...texts, ...preImages.map(found => Buffer.from(found, 'base64').toString('utf8'))].join('\n');
}
