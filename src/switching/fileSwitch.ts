import { UserError } from '../core/errors.ts';
import {
  latin1,
  missingFoldersOf,
  modeOf,
  readBytes,
  reading,
  refuseReadOnly,
  sameBytes,
  sha256Of,
  writing,
} from './disk.ts';
import type { Bytes, Disk } from './disk.ts';
import { isOfSwitch, preImageOf } from './journal.ts';
import type { Journal, JournalEntry, JournalFile, SettingsEdit, SwitchEntry } from './journal.ts';
import { shownSettings } from './secrets.ts';
import { keyOf, parseSettings } from './settingsText.ts';
import type { SettingPath } from './settingsText.ts';
import type { AppliedSwitch, FileEdit, PlannedFile, SwitchPlan, UndoDifference } from './switcher.ts';

export interface FileSwitchOptions {
  readonly journal: Journal;
  readonly disk: Disk;
  readonly now: () => number;
}

/** What is written into which files: a switch, or something else that an assistant is made to do. */
export type FilePlan = Pick<SwitchPlan, 'id' | 'assistant' | 'scope' | 'project' | 'path' | 'files'> &
  Partial<Pick<SwitchPlan, 'model'>>;

/** What undo of files did, or would do. */
export type FileUndo =
  | { readonly state: 'undone' }
  | { readonly state: 'notSwitched' }
  | { readonly state: 'differs'; readonly differences: readonly UndoDifference[] };

/**
 * Switches and undoes by editing files: the journal first, then one file after the other. Whatever stops it in between,
 * the journal knows what to undo; a file that is found as it was before, or as it was left, needs no asking.
 *
 * A switch and a hook may be in one file, and each can be undone before the other. So both journal the file as it was
 * without either, and each gets to know how the other left it: whichever is undone last restores the bytes.
 */
export class FileSwitch {
  readonly #journal: Journal;
  readonly #disk: Disk;
  readonly #now: () => number;

  constructor({ journal, disk, now }: FileSwitchOptions) {
    this.#journal = journal;
    this.#disk = disk;
    this.#now = now;
  }

  /** @returns undefined if the files are already as they should be */
  async apply(plan: SwitchPlan, secret: string): Promise<AppliedSwitch | undefined> {
    const entry = await this.write(plan, secret);
    return entry && { ...appliedSwitchOf({ ...entry, model: { ...plan.model } }), isIntact: true };
  }

  /** The same for a plan that need not be that of a switch. */
  async write(plan: FilePlan, secret: string): Promise<JournalEntry | undefined> {
    const earlier = await this.#journal.find(plan.id);
    const ofAssistant = (await this.#journal.all()).filter(one => one.assistant === plan.assistant);
    const others = ofAssistant.filter(one => isOfSwitch(one) === (plan.model !== undefined));
    const beside = ofAssistant.filter(one => !others.includes(one));
    const steps = await Promise.all(plan.files.map(file => stepOf(file, secret, { earlier, others, beside })));
    if (!earlier && steps.every(step => sameBytes(step.after, step.current))) return undefined;

    const entry = entryOf(plan, steps, this.#now());
    if (earlier) await this.#journal.update(withPostImagesOf(entry, earlier));
    else if (!(await this.#journal.create(entry))) throw new UserError({ kind: 'configChanged', path: plan.path });

    const done: Step[] = [];
    try {
      for (const step of steps) {
        done.push(step);
        await this.#tell(beside, { target: step.file.target, from: step.current, to: step.after });
        await this.#write(step);
      }
      await this.#journal.update({ ...entry, state: 'applied' });
    } catch (error) {
      await this.#takeBack(plan.id, done.toReversed(), earlier);
      throw error;
    }
    return entry;
  }

  /** The switches of an assistant that are in effect, oldest first. */
  async outstanding(assistant: string): Promise<readonly AppliedSwitch[]> {
    const entries = (await this.#journal.entries()).filter(entry => entry.assistant === assistant);
    const applied = await Promise.all(
      entries.map(async entry => {
        if (entry.state === 'applying') await this.#removeLeftovers(entry);
        const states = await Promise.all(entry.files.map(stateOf));
        if (states.every(state => state === 'before' || state === 'reverted')) return undefined;
        return { ...appliedSwitchOf(entry), isIntact: states.every(state => state === 'after') };
      }),
    );
    return applied.filter(one => one !== undefined);
  }

  async undo(id: string, accepted: readonly UndoDifference[] = []): Promise<FileUndo> {
    const entry = await this.#journal.find(id);
    if (!entry) return { state: 'notSwitched' };
    const beside = (await this.#journal.all()).filter(
      one => one.assistant === entry.assistant && isOfSwitch(one) !== isOfSwitch(entry),
    );
    const standings = await Promise.all(entry.files.map(file => standingBeside(file, beside)));
    const others = standings.filter(standing => standing.state === 'other');
    const differences = await Promise.all(others.map(differenceOf));
    const isAccepted = differences.every(difference =>
      accepted.some(
        ({ path, currentSha256 }) => path === difference.path && currentSha256 === difference.currentSha256,
      ),
    );
    if (!isAccepted) return { state: 'differs', differences };

    for (const standing of standings.toReversed()) {
      await this.#tell(beside, { target: standing.file.target, from: standing.current, to: standing.restored });
      await this.#restore(standing);
    }
    for (const { isWatched, path, target } of entry.files) {
      if (isWatched) await writing(path, () => this.#disk.touch(target, this.#now()));
    }
    await this.#journal.remove(id);
    return { state: 'undone' };
  }

  /** Lets what is in the same file know how it is left: it is told before, so that it knows the file whatever happens. */
  async #tell(entries: readonly JournalEntry[], { target, from, to }: Change): Promise<void> {
    for (const entry of entries) {
      const known = await this.#journal.find(entry.id);
      if (!known?.files.some(file => isKnownTo(file, { target, from }))) continue;
      const postImageSha256 = [...new Set([sha256Of(from), sha256Of(to)])];
      const files = known.files.map(file => (isKnownTo(file, { target, from }) ? { ...file, postImageSha256 } : file));
      await this.#journal.update({ ...known, files });
    }
  }

  /** A crash may have left the key beside a file. */
  async #removeLeftovers({ files }: JournalEntry): Promise<void> {
    for (const { path, target } of files) await writing(path, () => this.#disk.removeLeftovers(target));
  }

  async #write({ file, current, after, mode }: Step): Promise<void> {
    const { path, target } = file;
    const isReplaced = await writing(path, async () => {
      for (const folder of file.createdFolders) await this.#disk.makeFolder(folder);
      return this.#disk.replace(target, after, { mode, ifStill: current });
    });
    if (!isReplaced) throw new UserError({ kind: 'configChanged', path });
  }

  /** Leaves alone what is not as we left it: that is somebody else's by now. */
  async #takeBack(id: string, steps: readonly Step[], earlier: JournalEntry | undefined): Promise<void> {
    try {
      for (const { file, current, after, mode } of steps) {
        if (current) await this.#disk.replace(file.target, current, { mode, ifStill: after });
        else await this.#disk.remove(file.target, { ifStill: after });
        for (const folder of file.createdFolders.toReversed()) await this.#disk.removeEmptyFolder(folder);
      }
      if (earlier) await this.#journal.update(earlier);
      else await this.#journal.remove(id);
    } catch {
      // The journal still has the entry, by which undo will do it; what stopped the switch is the thing to tell.
    }
  }

  async #restore({ file, state, current, restored }: Standing): Promise<void> {
    const { path, target, createdFolders, mode } = file;
    await writing(path, async () => {
      await this.#disk.removeLeftovers(target);
      if (state === 'after' || state === 'other') {
        refuseReadOnly(path, await modeOf(target));
        const isDone = restored
          ? await this.#disk.replace(target, restored, { mode: (await modeOf(target)) ?? mode, ifStill: current })
          : await this.#disk.remove(target, { ifStill: current });
        if (!isDone) throw new UserError({ kind: 'configChanged', path });
      }
      for (const folder of createdFolders.toReversed()) await this.#disk.removeEmptyFolder(folder);
    });
  }
}

/** What a file holds, or would hold if the switches of ours in it were undone. */
export async function beforeSwitch(target: string, current: Bytes, entries: readonly JournalEntry[]): Promise<Bytes> {
  const standings = await Promise.all(filesAt(target, entries).map(standingOf));
  const exact = standings.find(({ state }) => state === 'before' || state === 'after') ?? standings[0];
  if (!exact || standings.length === 1 || exact.state !== 'other' || !current) return exact ? exact.restored : current;
  return withoutOurs(current, filesAt(target, entries));
}

function filesAt(target: string, entries: readonly JournalEntry[]): readonly JournalFile[] {
  return entries.flatMap(entry => entry.files).filter(file => file.target === target);
}

async function withoutOurs(current: Buffer, files: readonly JournalFile[]): Promise<Buffer> {
  let rest = current;
  for (const file of files) rest = await reverted(rest, file);
  return rest;
}

/** What is done to a file: what it holds before and after. */
interface Change {
  readonly target: string;
  readonly from: Bytes;
  readonly to: Bytes;
}

/** Whether a file is as its entry left it. */
function isKnownTo({ target, postImageSha256, edit }: JournalFile, change: Pick<Change, 'target' | 'from'>): boolean {
  return edit.kind !== 'line' && target === change.target && postImageSha256.includes(sha256Of(change.from));
}

/** One file on its way from what it holds to what it shall hold. */
interface Step {
  readonly file: JournalFile;
  readonly current: Bytes;
  readonly after: Buffer;
  readonly mode: number;
}

interface Switched {
  /** The switch that is replaced. */
  readonly earlier: JournalEntry | undefined;
  /** All switches of the assistant: one of fewer files may have left the key in some that are written now. */
  readonly others: readonly JournalEntry[];
  /** What else of ours the assistant has: it stays. */
  readonly beside: readonly JournalEntry[];
}

async function stepOf(planned: PlannedFile, secret: string, { earlier, others, beside }: Switched): Promise<Step> {
  const { path, target, edit } = planned;
  const current = await reading(path, () => readBytes(target));
  if (sha256Of(current) !== planned.currentSha256) throw new UserError({ kind: 'configChanged', path });
  const found = await modeOf(target);
  refuseReadOnly(path, found);

  // A second switch starts from what undoing the first would give, so that undo always leads back to before both.
  const switches = [...(earlier ? [earlier] : []), ...(edit.kind === 'line' ? [] : others)];
  const neighbours = edit.kind === 'line' ? [] : beside.filter(entry => filesAt(target, [entry]).length > 0);
  const [known = filesAt(target, neighbours)[0]] = filesAt(target, switches);
  const before = await beforeSwitch(target, current, [...switches, ...neighbours]);
  const kept = neighbours.length > 0 && current ? await withoutOurs(current, filesAt(target, switches)) : before;
  const after = await edited(kept, edit, { path, secret });
  const createdFolders = [...new Set([...(known?.createdFolders ?? []), ...(await missingFoldersOf(target))])];
  const mode = found ?? (edit.kind === 'line' ? 0o644 : 0o600);
  return {
    current,
    after,
    mode,
    file: {
      path,
      target,
      preImage: before === undefined ? null : before.toString('base64'),
      preImageSha256: sha256Of(before),
      mode: known?.mode ?? mode,
      postImageSha256: [sha256Of(after)],
      createdFolders,
      edit: edit.kind === 'line' ? edit : await journalledEdit(edit, before, path),
      ...(planned.isWatched && { isWatched: true }),
    },
  };
}

async function edited(
  before: Bytes,
  edit: FileEdit,
  { path, secret }: { readonly path: string; readonly secret: string },
): Promise<Buffer> {
  if (edit.kind === 'line') return withLines(before, edit.line);
  const settings = edit.settings.map(one => (one.isSecret ? { path: one.path, value: secret } : one));
  return (await parseSettings(edit.kind, before, path)).with(settings).toBytes();
}

/** The edit as the journal has it: without the key, with the objects that have to be created. */
async function journalledEdit(
  edit: Exclude<FileEdit, { kind: 'line' }>,
  before: Bytes,
  path: string,
): Promise<SettingsEdit> {
  const settings = await parseSettings(edit.kind, before, path);
  const created = new Map<string, SettingPath>();
  for (const one of edit.settings) {
    for (let depth = 1; depth < one.path.length; depth += 1) {
      const outer = one.path.slice(0, depth);
      if (settings.get(outer) === undefined) created.set(JSON.stringify(outer), outer);
    }
  }
  return {
    kind: edit.kind,
    settings: edit.settings.map(one => ({
      path: journalledPath(one.path),
      value: one.isSecret ? null : (one.value ?? null),
      isSecret: one.isSecret,
    })),
    createdObjects: [...created.values()].map(journalledPath),
  };
}

function journalledPath(path: SettingPath): SettingsEdit['settings'][number]['path'] {
  return path.filter(key => typeof key !== 'number');
}

/**
 * How a journalled file is found: as it was before, as we left it, changed by somebody else, or changed so that nothing
 * of ours is in it any more.
 */
interface Standing {
  readonly state: 'before' | 'after' | 'other' | 'reverted';
  readonly file: JournalFile;
  readonly current: Bytes;
  /** What undo makes of it. */
  readonly restored: Bytes;
}

async function standingOf(file: JournalFile): Promise<Standing> {
  const { path, target, postImageSha256 } = file;
  const current = await reading(path, () => readBytes(target));
  const before = preImageOf(file);
  if (sameBytes(current, before)) return { state: 'before', file, current, restored: before };
  if (postImageSha256.includes(sha256Of(current))) return { state: 'after', file, current, restored: before };
  // Somebody removed the file: what was in it before the switch would be lost with the journal.
  const restored = current ? await reverted(current, file) : before;
  return { state: sameBytes(restored, current) ? 'reverted' : 'other', file, current, restored };
}

/** The same for a file in which something else of ours stays. */
async function standingBeside(file: JournalFile, beside: readonly JournalEntry[]): Promise<Standing> {
  const standing = await standingOf(file);
  if (standing.state !== 'after' || !standing.current) return standing;
  const neighbours = await Promise.all(filesAt(file.target, beside).map(stateOf));
  const isAlone = neighbours.every(state => state === 'before' || state === 'reverted');
  return isAlone ? standing : { ...standing, restored: await reverted(standing.current, file) };
}

/** A file that nobody can read any more is still one that was switched. */
async function stateOf(file: JournalFile): Promise<Standing['state']> {
  try {
    return (await standingOf(file)).state;
  } catch (error) {
    if (error instanceof UserError) return 'other';
    throw error;
  }
}

/** What others made of a file, with our changes taken out. */
async function reverted(current: Buffer, file: JournalFile): Promise<Buffer> {
  const { edit, path } = file;
  if (edit.kind === 'line') return withoutLines(current, edit.line);
  const before = await parseSettings(edit.kind, preImageOf(file), path);
  const ours = await parseSettings(edit.kind, current, path);
  const isOurs = (object: SettingPath): boolean => ours.get(object) !== undefined;
  const undone = ours.with(
    edit.settings
      // An old value belongs into its object, unless somebody removed that too.
      .filter(one => before.get(one.path) === undefined || isOurs(one.path) || isOurs(one.path.slice(0, -1)))
      .map(one => ({ path: one.path, value: before.get(one.path) })),
  );
  return edit.createdObjects
    .toReversed()
    .reduce((settings, object) => settings.withoutEmpty(object), undone)
    .toBytes();
}

async function differenceOf({ file, current, restored }: Standing): Promise<UndoDifference> {
  const { edit, path } = file;
  return {
    path,
    current: await shownText(current, file),
    afterUndo: await shownText(restored, file),
    keysChangedByOthers: edit.kind !== 'line' && current ? await changedByOthers(current, edit, path) : [],
    currentSha256: sha256Of(current),
  };
}

async function changedByOthers(current: Buffer, edit: SettingsEdit, path: string): Promise<readonly string[]> {
  const settings = await parseSettings(edit.kind, current, path);
  return edit.settings
    .filter(one => {
      const value = settings.get(one.path);
      // What we wrote as a secret is not known any more, only that it was something.
      return one.isSecret ? value === undefined : JSON.stringify(value ?? null) !== JSON.stringify(one.value);
    })
    .map(one => keyOf(one.path));
}

async function shownText(bytes: Bytes, { edit, path }: JournalFile): Promise<string> {
  if (bytes === undefined) return '';
  return edit.kind === 'line' ? bytes.toString('utf8') : shownSettings(await parseSettings(edit.kind, bytes, path));
}

/** Byte for byte as Latin-1: such a list may be in any encoding. */
function withLines(before: Bytes, lines: string): Buffer {
  const text = before?.toString('latin1') ?? '';
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : lineEnd;
  const added = latin1(lines)
    .split('\n')
    .map(line => line + lineEnd);
  return Buffer.from(text + gap + added.join(''), 'latin1');
}

function withoutLines(current: Buffer, lines: string): Buffer {
  const left = current.toString('latin1').split(/(?<=\n)/);
  for (const line of latin1(lines).split('\n')) {
    const index = left.findLastIndex(one => one.replace(/\r?\n$/, '') === line);
    if (index !== -1) left.splice(index, 1);
  }
  return Buffer.from(left.join(''), 'latin1');
}

function entryOf(plan: FilePlan, steps: readonly Step[], atMs: number): JournalEntry {
  const { id, assistant, scope, project, model } = plan;
  return {
    schema: 1,
    id,
    state: 'applying',
    assistant,
    scope,
    project: project ?? null,
    ...(model && { model: { ...model } }),
    atMs,
    files: steps.map(step => step.file),
  };
}

/** For the time between the journal and the files: a file may still be as the earlier switch left it. */
function withPostImagesOf(entry: JournalEntry, earlier: JournalEntry): JournalEntry {
  const files = entry.files.map(file => {
    const known = earlier.files.find(({ target }) => target === file.target)?.postImageSha256 ?? [];
    return { ...file, postImageSha256: [...known, ...file.postImageSha256] };
  });
  return { ...entry, files };
}

function appliedSwitchOf(entry: SwitchEntry): Omit<AppliedSwitch, 'isIntact'> {
  const { id, assistant, scope, project, model, atMs, files } = entry;
  // The configuration itself is written last.
  const path = files.at(-1)?.path ?? '';
  return { id, assistant, scope, project: project ?? undefined, model, path, appliedAtMs: atMs };
}
