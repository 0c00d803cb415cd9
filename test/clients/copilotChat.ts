import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Page } from 'playwright-core';

import type { Home } from '../workbench/home.ts';
import type { Settings } from '../workbench/server.ts';
import { startWorkbench, type Workbench } from '../workbench/workbench.ts';
import type { WorkbenchWindow } from '../workbench/window.ts';
import { chatApi } from './chatApi.ts';
import { messagesApi } from './messagesApi.ts';
import { flatText, listOf } from './modelApi.ts';
import type { JsonObject, ModelApi, Purpose } from './modelApi.ts';
import { responsesApi } from './responsesApi.ts';

/** The ways in which Copilot Chat asks a model of the user's own, as its settings name them. */
const apis = {
  'chat-completions': { path: '/copilot-chat/v1/chat/completions', api: chatApi },
  responses: { path: '/copilot-chat/v1/responses', api: responsesApi },
  messages: { path: '/copilot-chat/v1/messages', api: messagesApi },
} as const;

export type ApiType = keyof typeof apis;

/** The same ways, with what Copilot Chat's requests tell of their purpose. */
export const copilotChatApis: readonly ModelApi[] = Object.values(apis).map(({ path: ownPath, api }) => ({
  ...api,
  isAt: at => at === ownPath,
  purposeOf: ({ body }) => purposeIn(body),
  // Requests name the window and the turn, but not the conversation.
  sessionOf: () => '',
}));

/** What a subagent is told in the tests. No user says it, so that its calls are known by it. */
export const errand = 'Look around and come back.';

/** Only agents have tools: calls without any are for titles and for remarks on progress. */
function purposeIn(body: JsonObject): Purpose {
  if (listOf(body['tools']).length === 0) return 'title';
  const said = listOf(body['messages'] ?? body['input']).filter(({ role }) => role === 'user');
  return said.some(({ content }) => flatText(content).includes(errand)) ? 'subagent' : 'turn';
}

export interface CopilotChatOptions {
  readonly home: Home;
  /** Of the model server. */
  readonly url: string;
  readonly model: string;
  readonly apiType: ApiType;
  /** What it shall record, and what our extension shall know of that. */
  readonly settings: Settings;
}

/** The real Copilot Chat, as VS Code's server build brings it along, in a window that our extension runs in, too. */
export interface CopilotChat {
  readonly window: WorkbenchWindow;
  /** Says something in the session that is open, and waits for the end of the answer, also if that is an error. */
  ask(prompt: string): Promise<void>;
  /** Goes back to before this prompt was answered. */
  restoreCheckpoint(prompt: string): Promise<void>;
  /** Changes what it records, and goes on in the same session. */
  reload(settings: Settings): Promise<void>;
  /** Ends the window and the server. What they wrote stays in the home. */
  dispose(): Promise<void>;
}

/** It has a service of its own, of which nothing is wanted here. */
const onlyLoopback = {
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1,localhost',
} as const;

/** Titles and remarks on progress are calls only if there is a model for them. */
const always: Settings = { 'chat.disableAIFeatures': false, 'chat.byokUtilityModelDefault': 'mainAgent' };

export async function startCopilotChat(options: CopilotChatOptions): Promise<CopilotChat> {
  const { home, settings } = options;
  // Where code-server keeps it, so that logs are found by the command line, too.
  const dataDir = path.join(home.env['XDG_DATA_HOME'] ?? '', 'code-server');
  await writeModels(dataDir, options);
  const workbench = await startWorkbench({
    env: { ...home.env, ...onlyLoopback },
    dataDir,
    settings: { ...always, ...settings },
  });
  try {
    return await chatIn(workbench, options);
  } catch (error) {
    await workbench.dispose();
    throw error;
  }
}

async function writeModels(dataDir: string, { url, model, apiType }: CopilotChatOptions): Promise<void> {
  const served = {
    id: model,
    name: model,
    url: `${url}${apis[apiType].path}`,
    toolCalling: true,
    vision: false,
    maxInputTokens: 128_000,
    maxOutputTokens: 16_000,
  };
  const group = { name: 'Invented', vendor: 'customendpoint', apiKey: 'invented', apiType, models: [served] };
  const folder = path.join(dataDir, 'User');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'chatLanguageModels.json'), JSON.stringify([group]));
}

async function chatIn(workbench: Workbench, { home, model }: CopilotChatOptions): Promise<CopilotChat> {
  // High enough for a whole conversation: the list has only rows that are in view.
  const window = await workbench.open({ folder: home.project, size: { width: 1400, height: 1800 } });
  const { page } = window;
  await window.ownStatusBarItem().waitFor();
  // Without an account the extension is off at first. Who manages models turns it on.
  await window.runCommand('Chat: Manage Language Models');
  await page.locator('.models-table-viewport, .ai-models-management-editor').getByText(model).first().waitFor();
  // What it records is settled when it is activated.
  const reload = async (): Promise<void> => {
    await page.reload();
    await window.ownStatusBarItem().waitFor();
    await window.runCommand('Chat: Focus on Chat View');
    await page.locator('.interactive-input-part').getByText(model, { exact: true }).waitFor();
  };
  await reload();
  return {
    window,
    ask: prompt => ask(page, prompt),
    restoreCheckpoint: async prompt => {
      const request = page.locator('.interactive-request').filter({ hasText: prompt });
      await request.hover();
      await page.getByRole('button', { name: 'Restores workspace and chat to this point' }).last().click();
      await request.waitFor({ state: 'detached' });
    },
    reload: async settings => {
      await workbench.server.setUserSettings({ ...always, ...settings });
      await reload();
    },
    dispose: () => workbench.dispose(),
  };
}

async function ask(page: Page, prompt: string): Promise<void> {
  await page.locator('.interactive-input-part .monaco-editor').first().click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(prompt);
  await page.keyboard.press('Enter');
  await page.locator('.interactive-request').filter({ hasText: prompt }).waitFor();
  await page.locator('.interactive-response.chat-response-loading').waitFor({ state: 'detached' });
}
