import { chatAssistant, chatModelPrefix, chatVendor } from '../core/chatRecord.ts';
import { wireFormats } from '../core/wireFormat.ts';
import { addressCautions } from './cautions.ts';
import { createDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import { SettingsSwitch } from './editorSettings.ts';
import type { EditorSetting, EditorSettings } from './editorSettings.ts';
import { editorSwitchId } from './editorSwitchId.ts';
import { Journal } from './journal.ts';
import type { SwitchedModel, Switcher, SwitchPlan, SwitchTarget, TakesEffect } from './switcher.ts';

/** A model as VS Code's chat names it. */
export interface ChatModel {
  readonly vendor: string;
  readonly id: string;
  readonly family: string;
}

/** VS Code's chat, as far as it can be told which model to use. */
export interface EditorChat {
  /** The model with this id; undefined if there is none. */
  find(id: string): Promise<ChatModel | undefined>;
  /** Takes a model in all chats that are open. @returns false if this editor cannot be told to */
  change(model: ChatModel): Promise<boolean>;
  /** Asks the user which model to take in the chat, if this editor can be told to. */
  letChoose(): Promise<void>;
}

export interface CopilotChatSwitcherOptions {
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  /** The folder of the editor's user settings: another editor, and another profile, has its own. */
  readonly editorFolder: string;
  readonly settings: EditorSettings;
  readonly chat: EditorChat;
  readonly now: () => number;
  readonly disk?: Disk;
}

const assistant = 'copilot-chat';

const atOnce: TakesEffect = { connection: 'nextRequest', model: 'nextRequest' };
const withNewChats: TakesEffect = { connection: 'nextSession', model: 'nextSession' };

/**
 * Copilot Chat: the internal model stands in VS Code's own list of models, by our provider of it, and the editor's
 * settings say that chats begin with it. No key is written anywhere, and the formats do not matter: we speak them all.
 */
export function createCopilotChatSwitcher(options: CopilotChatSwitcherOptions): Switcher {
  const { dataFolder, editorFolder, settings, chat, now, disk = createDisk() } = options;
  const journal = new Journal({ dataFolder, disk });
  const settingsSwitch = new SettingsSwitch({ journal, settings, now });
  const { id, isElsewhere } = editorSwitchId(`${assistant}-settings`, editorFolder);
  const outstanding = () => settingsSwitch.outstanding(id);
  return {
    assistant,
    name: 'GitHub Copilot Chat',
    needs: wireFormats,
    scopes: ['everywhere'],
    internalCallsOf: chatAssistant,
    isElsewhere,
    async plan(target, model) {
      const wanted = wantedSettings(model, settings);
      const before = (await journal.find(id))?.chatModelBefore ?? (await currentModel(options, target.seenModels));
      return {
        ...(await settingsSwitch.plan(id, wanted)),
        ...basicsOf(target, model),
        id,
        takesEffect: before ? atOnce : withNewChats,
        ...(before
          ? { chatModelBefore: before }
          : { steps: [{ kind: 'choose', choice: model.displayName, where: 'Chat: Open Model Picker' }] }),
      };
    },
    async apply(plan) {
      const applied = plan.editorSettings?.length === 0 ? undefined : await settingsSwitch.apply(plan);
      // Chats that are open are changed only if they can be changed back.
      if (applied && plan.chatModelBefore) await chat.change(chatModelOf(plan.model));
      return applied;
    },
    outstanding,
    inEffect: async () => (await outstanding()).at(-1),
    async undo(ofSwitch, { accepted } = {}) {
      const before = (await journal.find(ofSwitch))?.chatModelBefore;
      const undone = await settingsSwitch.undo(ofSwitch, accepted);
      if (undone.state !== 'undone') return undone;
      // A chat keeps the model that it had from a setting, also when the setting is gone.
      const isChanged = before !== undefined && (await chat.change(before));
      if (!isChanged) await chat.letChoose();
      return { ...undone, needsRestart: !isChanged };
    },
  };
}

/** How our provider of the internal model names it. */
function chatModelOf({ model }: Pick<SwitchedModel, 'model'>): ChatModel {
  return { vendor: chatVendor, id: chatModelPrefix + model, family: model };
}

/** Since VS Code 1.127: the id of the model that chats begin with. */
const defaultModelSetting = 'chat.defaultModel';

/** For titles, summaries and the like; they name the vendor too. */
const utilitySettings = ['chat.utilityModel', 'chat.utilitySmallModel'];

/** Chats beside the chat view, whose models call tools; they go by the name that is shown. */
const sideSettings = ['inlineChat.defaultModel', 'chat.planAgent.defaultModel', 'chat.exploreAgent.defaultModel'];

/** @returns none if this editor has no setting for the model of its chat */
function wantedSettings(model: SwitchedModel, settings: EditorSettings): readonly EditorSetting[] {
  if (!settings.isKnown(defaultModelSetting)) return [];
  const { vendor, id: modelId } = chatModelOf(model);
  const all = [
    { key: defaultModelSetting, value: modelId },
    ...utilitySettings.map(key => ({ key, value: `${vendor}/${modelId}` })),
    ...(model.toolCalling === false
      ? []
      : sideSettings.map(key => ({ key, value: `${model.displayName} (${vendor})` }))),
  ];
  return all.filter(({ key }) => settings.isKnown(key));
}

/**
 * The model that chats have now, as far as anybody but the editor can know: the one that the user's settings name, else
 * the one that was seen to be called most.
 */
async function currentModel(
  { settings, chat }: CopilotChatSwitcherOptions,
  seenModels: readonly string[] = [],
): Promise<ChatModel | undefined> {
  const set = settings.get(defaultModelSetting);
  for (const modelId of [...(typeof set === 'string' ? [set.trim()] : []), ...seenModels]) {
    const found = modelId === '' || modelId.startsWith(chatModelPrefix) ? undefined : await chat.find(modelId);
    if (found) return found;
  }
  return undefined;
}

type Basics = Pick<SwitchPlan, 'assistant' | 'scope' | 'project' | 'model' | 'gitExclude' | 'cautions' | 'files'>;

function basicsOf({ scope }: SwitchTarget, model: SwitchedModel): Basics {
  return {
    assistant,
    scope,
    project: undefined,
    model,
    gitExclude: undefined,
    cautions: addressCautions(model.baseUrl),
    files: [],
  };
}
