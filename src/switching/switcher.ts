/** The internal model as an assistant is told about it; its key is not a part of it. */
export interface SwitchedModel {
  readonly displayName: string;
  readonly model: string;
  /** Without `/v1`. */
  readonly baseUrl: string;
  /** How many tokens prompt and answer may have together; undefined: not known. */
  readonly contextTokens?: number;
}

/** What shall be switched. */
export type SwitchTarget = (
  | { readonly scope: 'project'; readonly project: string }
  | {
      readonly scope: 'everywhere';
      /** Projects to look in for settings that would overrule the switch there. */
      readonly openProjects?: readonly string[];
    }
) & {
  /** Ids of models that the assistant was seen to call: sessions may be bound to them. */
  readonly seenModels?: readonly string[];
};

export type SwitchScope = SwitchTarget['scope'];

/**
 * Points one assistant at the internal model, and back. All of it may fail with a `UserError`: `configUnreadable`,
 * `configUnwritable`, `configChanged`, `secretInCommittedFile`; nothing has changed then.
 */
export interface Switcher {
  /** The assistant's id. */
  readonly assistant: string;
  /** What a switch would write: to be shown before it is done. Changes nothing. */
  plan(target: SwitchTarget, model: SwitchedModel): Promise<SwitchPlan>;
  /**
   * Writes what was planned, unless a file has changed since (`configChanged`: plan again).
   * @param secret the internal model's key; it is written into the assistant's configuration and nowhere else
   * @returns undefined if all of it was there already: then there is nothing to undo
   */
  apply(plan: SwitchPlan, secret: string): Promise<AppliedSwitch | undefined>;
  /** The switches that are in effect, oldest first. */
  outstanding(): Promise<readonly AppliedSwitch[]>;
  /** The switch that counts in a project: its own, else the one for everywhere. */
  inEffect(project: string | undefined): Promise<AppliedSwitch | undefined>;
  /**
   * Takes a switch back. If somebody else has changed a file since, nothing is done and the differences are returned;
   * given back as `accepted`, they are made true.
   */
  undo(id: string, options?: UndoOptions): Promise<UndoResult>;
}

export interface UndoOptions {
  readonly accepted?: readonly UndoDifference[];
}

export interface SwitchPlan {
  /** The same for every switch of this file: a second one replaces the first. */
  readonly id: string;
  readonly assistant: string;
  readonly scope: SwitchScope;
  /** Undefined everywhere. */
  readonly project: string | undefined;
  readonly model: SwitchedModel;
  /** The configuration file, as people name it. */
  readonly path: string;
  readonly isNewFile: boolean;
  /** In the order in which they are written. */
  readonly changes: readonly KeyChange[];
  /** The list in which Git is told to ignore the configuration file, because it will hold a key. */
  readonly gitExclude: { readonly path: string; readonly line: string } | undefined;
  readonly takesEffect: TakesEffect;
  /** Files that count more than `path` and say otherwise. */
  readonly overriddenBy: readonly Override[];
  readonly cautions: readonly Caution[];
  /** Whether it takes the place of a switch that is in effect. */
  readonly isReplacement: boolean;
  /** What is really written; for `apply`. */
  readonly files: readonly PlannedFile[];
}

/** Texts for people, with secrets masked. */
export interface KeyChange {
  /** For example `env.ANTHROPIC_BASE_URL`. */
  readonly key: string;
  /** Undefined: absent. */
  readonly before: string | undefined;
  readonly after: string;
}

/** When a running session, and when a new one, follows a change of the connection, and of the model. */
export interface TakesEffect {
  readonly connection: 'nextRequest' | 'nextSession';
  readonly model: 'nextRequest' | 'nextSession';
}

export interface Override {
  readonly path: string;
  readonly keys: readonly string[];
}

/** The key can be read by other users of the machine; it goes over the network unencrypted. */
export type Caution = 'readableByOthers' | 'plainHttp';

export interface PlannedFile {
  /** As people name it. */
  readonly path: string;
  /** Where that leads, through symbolic links. */
  readonly target: string;
  /** What the plan was made for. */
  readonly currentSha256: string;
  readonly edit: FileEdit;
}

export type FileEdit =
  | { readonly kind: 'json'; readonly settings: readonly PlannedSetting[] }
  | { readonly kind: 'line'; readonly line: string };

export interface PlannedSetting {
  readonly path: readonly string[];
  /** Undefined with `isSecret`: it is the internal model's key. */
  readonly value: unknown;
  readonly isSecret: boolean;
}

/** A switch that is in effect. With `firstCallSince` of the meter it is verified: by `appliedAtMs` and `model`. */
export interface AppliedSwitch {
  readonly id: string;
  readonly assistant: string;
  readonly scope: SwitchScope;
  readonly project: string | undefined;
  readonly model: SwitchedModel;
  readonly path: string;
  readonly appliedAtMs: number;
  /** Whether nobody has touched the files since, so that undo restores them to the byte. */
  readonly isIntact: boolean;
}

export type UndoResult =
  | {
      readonly state: 'undone';
      /** Whether running sessions keep the internal model until they are started again. */
      readonly needsRestart: boolean;
    }
  | { readonly state: 'differs'; readonly differences: readonly UndoDifference[] }
  | { readonly state: 'notSwitched' };

/** What undo would do to a file that somebody else has changed. The texts are for people: secrets are masked. */
export interface UndoDifference {
  readonly path: string;
  readonly current: string;
  readonly afterUndo: string;
  /** Keys that the switch wrote and somebody else changed: they get their old values back too. */
  readonly keysChangedByOthers: readonly string[];
  readonly currentSha256: string;
}

/** The name of a setting as people write it. */
export function keyOf(path: readonly string[]): string {
  return path.join('.');
}
