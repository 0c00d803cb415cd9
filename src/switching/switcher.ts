import type { Endpoints, WireFormat } from '../core/wireFormat.ts';
import type { ChatModel } from './copilotChat.ts';
import type { EditorSetting } from './editorSettings.ts';
import type { SettingPath, SettingsFormat } from './settingsText.ts';

/** The internal model as an assistant is told about it; its key is not a part of it. */
export interface SwitchedModel {
  readonly displayName: string;
  readonly model: string;
  /** Without `/v1`: the address that is shown, and that of the Messages format if `endpoints` is absent. */
  readonly baseUrl: string;
  readonly endpoints?: Endpoints;
  /** How many tokens prompt and answer may have together; undefined: not known. */
  readonly contextTokens?: number;
  /** How many tokens an answer may have; undefined: not known. */
  readonly outputTokens?: number;
  /** Undefined: not known. */
  readonly toolCalling?: boolean;
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
  /** As people know it. */
  readonly name: string;
  /** The formats in which the assistant can be told to call a model, the best first: one of them has to be served. */
  readonly needs: readonly WireFormat[];
  readonly scopes: readonly SwitchScope[];
  /** The id under which its calls of the internal model are metered; absent: its own. */
  readonly internalCallsOf?: string;
  /** Whether a switch is that of another editor, of which nothing is known here; absent: none is. */
  readonly isElsewhere?: (id: string) => boolean;
  /**
   * What a switch would write: to be shown before it is done. Changes nothing.
   * @param target of one of the `scopes`
   * @throws {UserError} `wireFormatNotServed` if the model serves none of the formats that the assistant needs
   */
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
  /** What the user has to do after the files are written, in this order; absent: nothing. */
  readonly steps?: readonly GuidedStep[];
  /** Files that count more than `path` and say otherwise. */
  readonly overriddenBy: readonly Override[];
  readonly cautions: readonly Caution[];
  /** Whether it takes the place of a switch that is in effect. */
  readonly isReplacement: boolean;
  /** What is really written; for `apply`. None if everything is left to the `steps`. */
  readonly files: readonly PlannedFile[];
  /** Settings of the editor that are written; for `apply`. Absent: none, ever. */
  readonly editorSettings?: readonly EditorSetting[];
  /** The model that chats of the editor go back to when the switch is undone; absent: that is not known. */
  readonly chatModelBefore?: ChatModel;
}

/** Texts for people, with secrets masked. */
export interface KeyChange {
  /** The file that it is in; absent: the plan's own. */
  readonly path?: string;
  /** For example `env.ANTHROPIC_BASE_URL`. */
  readonly key: string;
  /** Undefined: absent. */
  readonly before: string | undefined;
  readonly after: string;
}

/** When the assistant follows a change of the connection, and of the model. */
export interface TakesEffect {
  readonly connection: Effect;
  readonly model: Effect;
}

/** With the next call; in sessions that begin from then on; after the window is reloaded; when it starts again. */
export type Effect = 'nextRequest' | 'nextSession' | 'reload' | 'nextStart';

/** Something that only the user can do. */
export type GuidedStep =
  | { readonly kind: 'runCommand'; readonly command: string }
  /** To choose something by its name in a place of the assistant's. */
  | { readonly kind: 'choose'; readonly choice: string; readonly where: string }
  | { readonly kind: 'paste'; readonly what: 'endpoint' | 'model'; readonly text: string; readonly where: string }
  /** The key is in no plan. */
  | { readonly kind: 'paste'; readonly what: 'key'; readonly where: string }
  /** A variable of the shell counts more than the files: with it the assistant would call another host or send another key. */
  | { readonly kind: 'unsetVariable'; readonly name: string }
  | { readonly kind: 'reloadWindow' }
  | { readonly kind: 'restartAssistant' };

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
  /** Whether the assistant finds out about all files by the time of this one's last change. */
  readonly isWatched?: true;
}

export type FileEdit =
  | { readonly kind: SettingsFormat; readonly settings: readonly PlannedSetting[] }
  /** Several lines have line feeds between them. */
  | { readonly kind: 'line'; readonly line: string };

export interface PlannedSetting {
  readonly path: SettingPath;
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
      /** Whether it is reloading the window that starts them again. */
      readonly needsReload?: true;
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
