import { join } from 'node:path';
import * as v from 'valibot';
import { reasonOf, UserError } from '../core/errors.ts';
import { namesIn, readBytes, reading, sha256Of, writing } from './disk.ts';
import type { Bytes, Disk } from './disk.ts';
import { journalFolder } from './journalFolder.ts';
import { readmeOf } from './journalReadme.ts';
import { settingsFormats } from './settingsText.ts';

const path = v.array(v.union([v.string(), v.object({ key: v.string(), is: v.string() })]));
const settingsEdit = v.object({
  kind: v.picklist(settingsFormats),
  settings: v.array(v.object({ path, value: v.unknown(), isSecret: v.boolean() })),
  /** Objects, lists and items that the switch had to create, outermost first. */
  createdObjects: v.array(path),
});
const lineEdit = v.object({ kind: v.literal('line'), line: v.string() });

const file = v.object({
  path: v.string(),
  target: v.string(),
  /** What the file held before, in base64; null if there was none. */
  preImage: v.nullable(v.string()),
  preImageSha256: v.string(),
  mode: v.number(),
  /** What a switch of ours made of it. More than one while one switch replaces another. */
  postImageSha256: v.array(v.string()),
  /** Folders that were created for it, outermost first. */
  createdFolders: v.array(v.string()),
  edit: v.variant('kind', [settingsEdit, lineEdit]),
  isWatched: v.exactOptional(v.literal(true)),
});

/** A setting of the editor; `before` is absent if it was not set. */
const editorSetting = v.object({ key: v.string(), before: v.exactOptional(v.unknown()), after: v.unknown() });

/** A model as VS Code's chat names it: the one that open chats go back to. */
const chatModel = v.object({ vendor: v.string(), id: v.string(), family: v.string() });

/** The profile that a switch made in Roo Code, and the one that was active; absent if none was. */
const profile = v.object({ name: v.string(), before: v.exactOptional(v.string()) });

const endpoint = v.exactOptional(v.string());
const endpoints = { messages: endpoint, chatCompletions: endpoint, responses: endpoint, gemini: endpoint };

const entry = v.object({
  schema: v.literal(1),
  id: v.string(),
  /** Written before the first file is changed, as `applying`; `applied` after the last. */
  state: v.picklist(['applying', 'applied']),
  assistant: v.string(),
  scope: v.picklist(['project', 'everywhere']),
  project: v.nullable(v.string()),
  /** Absent: it points at no model, but is something else that an assistant was made to do, such as a hook. */
  model: v.exactOptional(
    v.object({
      displayName: v.string(),
      model: v.string(),
      baseUrl: v.string(),
      endpoints: v.exactOptional(v.object(endpoints)),
      contextTokens: v.exactOptional(v.number()),
      outputTokens: v.exactOptional(v.number()),
      toolCalling: v.exactOptional(v.boolean()),
    }),
  ),
  atMs: v.number(),
  files: v.array(file),
  editorSettings: v.exactOptional(v.array(editorSetting)),
  chatModelBefore: v.exactOptional(chatModel),
  profile: v.exactOptional(profile),
});

export type JournalEntry = Readonly<v.InferOutput<typeof entry>>;
/** That of a switch. */
export type SwitchEntry = JournalEntry & Required<Pick<JournalEntry, 'model'>>;
export type JournalFile = Readonly<v.InferOutput<typeof file>>;
export type SettingsEdit = Readonly<v.InferOutput<typeof settingsEdit>>;

/** What a file held before it was switched. */
export function preImageOf({ preImage }: JournalFile): Bytes {
  return preImage === null ? undefined : Buffer.from(preImage, 'base64');
}

export interface JournalOptions {
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  readonly disk: Disk;
}

/**
 * What outstanding switches wrote, one file each, and a text that says how to undo them by hand. Old configurations may
 * hold keys, so nobody else may read it; the internal model's key is not in it.
 */
export class Journal {
  readonly folder: string;
  readonly #disk: Disk;

  constructor({ dataFolder, disk }: JournalOptions) {
    this.folder = journalFolder(dataFolder);
    this.#disk = disk;
  }

  /** Those of switches, of `all`. */
  async entries(): Promise<readonly SwitchEntry[]> {
    return (await this.all()).filter(isOfSwitch);
  }

  /** Those that can be read, oldest first: a damaged one must not hide the others. `find` says what is wrong with it. */
  async all(): Promise<readonly JournalEntry[]> {
    const names = (await namesIn(this.folder)).filter(name => name.endsWith('.json') && !name.startsWith('.'));
    const found = await Promise.allSettled(names.map(name => this.find(name.slice(0, -'.json'.length))));
    return found
      .map(one => (one.status === 'fulfilled' ? one.value : undefined))
      .filter(one => one !== undefined)
      .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  /**
   * @returns undefined if there is no such entry
   * @throws {UserError} `configUnreadable` if it cannot be read as one
   */
  async find(id: string): Promise<JournalEntry | undefined> {
    const place = this.#placeOf(id);
    const bytes = await reading(place, () => readBytes(place));
    if (!bytes) return undefined;
    const found = v.safeParse(entry, parseJson(bytes, place));
    if (!found.success) {
      throw new UserError({ kind: 'configUnreadable', path: place, reason: v.summarize(found.issues) });
    }
    for (const one of found.output.files) {
      if (sha256Of(preImageOf(one)) !== one.preImageSha256) {
        throw new UserError({ kind: 'configUnreadable', path: place, reason: 'Its pre-image is damaged.' });
      }
    }
    return found.output;
  }

  /** @returns false if there is an entry with this id already */
  async create(added: JournalEntry): Promise<boolean> {
    return writing(this.folder, async () => {
      await this.#disk.makeFolder(this.folder, 0o700);
      const isNew = await this.#disk.create(this.#placeOf(added.id), bytesOf(added));
      if (isNew) await this.#writeReadme();
      return isNew;
    });
  }

  async update(changed: JournalEntry): Promise<void> {
    const place = this.#placeOf(changed.id);
    await writing(this.folder, async () => {
      await this.#disk.replace(place, bytesOf(changed), { mode: 0o600, ifStill: await readBytes(place) });
      await this.#writeReadme();
    });
  }

  async remove(id: string): Promise<void> {
    const place = this.#placeOf(id);
    await writing(this.folder, async () => {
      await this.#disk.remove(place, { ifStill: await readBytes(place) });
      await this.#writeReadme();
    });
  }

  #placeOf(id: string): string {
    return join(this.folder, `${id}.json`);
  }

  async #writeReadme(): Promise<void> {
    const place = join(this.folder, 'README.txt');
    const entries = await this.all();
    try {
      const ifStill = await readBytes(place);
      if (entries.length === 0) await this.#disk.remove(place, { ifStill });
      else await this.#disk.replace(place, Buffer.from(await readmeOf(entries)), { mode: 0o600, ifStill });
    } catch {
      // It only repeats the entries: a switch must not fail for it.
    }
  }
}

export function isOfSwitch(entry: JournalEntry): entry is SwitchEntry {
  return entry.model !== undefined;
}

function bytesOf(one: JournalEntry): Buffer {
  return Buffer.from(`${JSON.stringify(one, undefined, 2)}\n`);
}

function parseJson(bytes: Buffer, place: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new UserError({ kind: 'configUnreadable', path: place, reason: reasonOf(error) }, { cause: error });
  }
}
