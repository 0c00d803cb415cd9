import * as vscode from 'vscode';

import { UserError } from '../core/errors.ts';
import type { Language } from '../core/statusText.ts';
import { wireFormats, type Endpoints, type WireFormat } from '../core/wireFormat.ts';
import type { FormatReport } from '../internalModel/connection.ts';
import type { ListedModel } from '../internalModel/modelList.ts';
import { addressIn, internalModelsOf, settingOf } from '../internalModel/settings.ts';
import type { InternalModel, ModelSetting } from '../internalModel/settings.ts';
import { hostsOf, refuseKey, type InternalModelKey } from './internalModelKey.ts';
import { formatNames, problemText } from './problemText.ts';
import { askChoice, askChoices, askSteps, askText, stepFor } from './steps.ts';
import type { Answer, Choice, Step, StepPlace, TextQuestion } from './steps.ts';

export interface DescribeOptions {
  /** What is described so far; undefined: a new one. */
  readonly known: InternalModel | undefined;
  /** The ids of all other models. */
  readonly otherIds: readonly string[];
  readonly keys: Pick<InternalModelKey, 'get'>;
  readonly language: Language;
}

export interface DescribedModel {
  readonly model: InternalModel;
  /** Undefined: none was entered; the one that is kept stays. */
  readonly key: string | undefined;
}

/** What has been answered so far, as it was typed. */
interface Draft {
  baseUrl: string;
  key: string;
  /** The one that is kept for these hosts. */
  keptKey: string | undefined;
  /** Whether the endpoint itself may be asked. */
  isAsked: boolean;
  readonly foundModels: Remembered<FoundModels>;
  readonly reports: Remembered<readonly FormatReport[]>;
  listed: readonly ListedModel[];
  model: string;
  formats: readonly WireFormat[];
  contextTokens: string;
  outputTokens: string;
  pricing: 'tokens' | 'seatMonth' | 'gpuHour';
  input: string;
  output: string;
  cacheRead: string;
  flat: string;
  gpuHours: string;
  displayName: string;
}

/**
 * Asks for what is to be known about an internal model, one thing after the other. Where it may, it asks the endpoint
 * which models it has and which formats it speaks.
 * @returns undefined if the user left
 */
export async function describeModel(options: DescribeOptions): Promise<DescribedModel | undefined> {
  const { known } = options;
  const draft = draftOf(known);
  const title =
    known === undefined ? vscode.l10n.t('Internal model') : vscode.l10n.t('Internal model {0}', known.displayName);
  const steps = [...placeSteps(draft, options), ...limitSteps(draft), ...priceSteps(draft), nameStep(draft)];
  if (!(await askSteps(title, steps))) return undefined;
  const [model] = internalModelsOf([settingFrom(draft, known)]).models;
  // Each answer was checked when it was given.
  if (!model) throw new TypeError('the answers make no model');
  return { model, key: draft.key === '' ? undefined : draft.key };
}

function draftOf(known: InternalModel | undefined): Draft {
  const price = known?.price;
  const tokens = price?.kind === 'tokens' ? price.usdPerMillion : undefined;
  const flat = price?.kind === 'flat' ? price.flat : undefined;
  return {
    baseUrl: known?.baseUrl ?? '',
    key: '',
    keptKey: undefined,
    isAsked: false,
    foundModels: new Remembered(),
    reports: new Remembered(),
    listed: [],
    model: known?.model ?? '',
    formats: known?.formats ?? ['messages'],
    contextTokens: textOf(known?.contextTokens),
    outputTokens: textOf(known?.outputTokens),
    pricing: flat?.per ?? 'tokens',
    input: textOf(tokens?.input),
    output: textOf(tokens?.output),
    cacheRead: textOf(tokens?.cacheRead),
    flat: textOf(flat?.usd),
    gpuHours: textOf(flat?.per === 'gpuHour' ? flat.gpuHoursPerMonth : undefined),
    displayName: known?.displayName ?? '',
  };
}

/** Where it is, and what answers there. */
function placeSteps(draft: Draft, { known, otherIds, keys, language }: DescribeOptions): Step[] {
  const { t } = vscode.l10n;
  const places = (): Pick<InternalModel, 'baseUrl' | 'endpoints'> => ({
    baseUrl: draft.baseUrl,
    endpoints: ownEndpoints(known),
  });
  return [
    stepFor(
      place =>
        askText(
          {
            prompt: t('Address of its endpoint, without /v1'),
            value: draft.baseUrl,
            placeholder: 'https://models.example.com',
            refuse: text => {
              const found = addressIn(text);
              return 'reason' in found ? found.reason : undefined;
            },
          },
          place,
        ),
      text => {
        const found = addressIn(text);
        if ('address' in found) draft.baseUrl = found.address;
      },
    ),
    stepFor(
      async place => {
        draft.keptKey = await keys.get(places());
        const prompt = t('Key for {0}. It is kept in the secret storage of this editor.', hostsOf(places()));
        const empty = draft.keptKey === undefined ? t('Empty: enter it later.') : t('Empty: the key that is kept.');
        return askText({ prompt: `${prompt} ${empty}`, value: draft.key, password: true, refuse: refuseKey }, place);
      },
      key => (draft.key = key),
    ),
    stepFor(
      place => askWhetherToAsk(draft, place),
      isAsked => (draft.isAsked = isAsked),
      () => keyOf(draft) !== undefined,
    ),
    stepFor(
      place => askModel(draft, { otherIds, endpoints: endpointsOf(draft, known), language }, place),
      model => {
        draft.model = model;
        if (draft.contextTokens === '') {
          draft.contextTokens = textOf(draft.listed.find(({ id }) => id === model)?.contextTokens);
        }
      },
    ),
    stepFor(
      place => askFormats(draft, { endpoints: endpointsOf(draft, known), language }, place),
      formats => (draft.formats = formats),
    ),
  ];
}

function limitSteps(draft: Draft): Step[] {
  const { t } = vscode.l10n;
  return [
    textStep(draft, 'contextTokens', {
      prompt: t('How many tokens a prompt and its answer may have together; empty if unknown'),
      placeholder: '131072',
      refuse: refuseNoCount,
    }),
    textStep(draft, 'outputTokens', {
      prompt: t('How many tokens an answer may have; empty if unknown'),
      placeholder: '16384',
      refuse: refuseNoCount,
    }),
  ];
}

function priceSteps(draft: Draft): Step[] {
  const { t } = vscode.l10n;
  const isBy = (pricing: Draft['pricing']) => () => draft.pricing === pricing;
  const price = (key: 'input' | 'output' | 'flat', prompt: string, applies: () => boolean): Step =>
    textStep(draft, key, { prompt, placeholder: '0.25', refuse: refuseNoPrice }, applies);
  return [
    stepFor(
      place =>
        askChoice<Draft['pricing']>(
          {
            placeholder: t('How its use is charged'),
            active: draft.pricing,
            choices: [
              { label: t('By the token'), value: 'tokens' },
              {
                label: t('By the seat and month'),
                detail: t('Spread over the tokens that you use of it: costs are then estimates'),
                value: 'seatMonth',
              },
              {
                label: t('By the hour of a graphics processor'),
                detail: t('Spread over the tokens that you use of it: costs are then estimates'),
                value: 'gpuHour',
              },
            ],
          },
          place,
        ),
      pricing => (draft.pricing = pricing),
    ),
    price('input', t('US dollars per million input tokens'), isBy('tokens')),
    price('output', t('US dollars per million output tokens'), isBy('tokens')),
    textStep(
      draft,
      'cacheRead',
      {
        prompt: t('US dollars per million tokens read from a cache; empty if they cost as much as input'),
        refuse: text => (text === '' ? undefined : refuseNoPrice(text)),
      },
      isBy('tokens'),
    ),
    price('flat', t('US dollars per seat and month'), isBy('seatMonth')),
    price('flat', t('US dollars per hour of a graphics processor'), isBy('gpuHour')),
    textStep(
      draft,
      'gpuHours',
      {
        prompt: t(
          'Processor hours a month that fall to one developer: 8 processors × 730 hours ÷ 40 developers would be 146',
        ),
        placeholder: '146',
        refuse: text => (isNumber(text) && Number(text) > 0 ? undefined : t('Give a number such as {0}.', '146')),
      },
      isBy('gpuHour'),
    ),
  ];
}

function nameStep(draft: Draft): Step {
  return stepFor(
    place =>
      askText(
        {
          prompt: vscode.l10n.t('What it is called in the status bar'),
          value: draft.displayName === '' ? draft.model : draft.displayName,
          refuse: refuseEmpty,
        },
        place,
      ),
    name => (draft.displayName = name),
  );
}

type TextField = 'contextTokens' | 'outputTokens' | 'input' | 'output' | 'cacheRead' | 'flat' | 'gpuHours';

function textStep(draft: Draft, key: TextField, question: Omit<TextQuestion, 'value'>, applies?: () => boolean): Step {
  return stepFor(
    place => askText({ ...question, value: draft[key] }, place),
    text => (draft[key] = text),
    applies,
  );
}

function askWhetherToAsk({ baseUrl }: Draft, place: StepPlace): Promise<Answer<boolean>> {
  const { t } = vscode.l10n;
  const choices: Choice<boolean>[] = [
    {
      label: t('Ask the Endpoint'),
      detail: t('{0} is asked for its models, and the model once in each format', new URL(baseUrl).host),
      value: true,
    },
    { label: t('Enter It Myself'), detail: t('Nothing is sent before the connection is tested'), value: false },
  ];
  return askChoice({ placeholder: t('How to find out which models it has and what they speak'), choices }, place);
}

interface Endpoint {
  readonly endpoints: Endpoints;
  readonly language: Language;
}

async function askModel(
  draft: Draft,
  { otherIds, endpoints, language }: Endpoint & { readonly otherIds: readonly string[] },
  place: StepPlace,
): Promise<Answer<string>> {
  const { t } = vscode.l10n;
  const refuse = (text: string): string | undefined =>
    refuseEmpty(text) ??
    (otherIds.some(id => id.toLowerCase() === text.toLowerCase()) ? t('It is described already.') : undefined);
  const { listed, failure } = await modelsAt(draft, { endpoints, language });
  draft.listed = listed;
  const free = listed.filter(({ id }) => refuse(id) === undefined);
  if (free.length > 0) {
    const choices: Choice<string>[] = [
      ...free.map(({ id, contextTokens }) => ({
        label: id,
        ...(contextTokens !== undefined && { description: t('{0} tokens', contextTokens) }),
        value: id,
      })),
      { label: t('Another One…'), alwaysShow: true, value: '' },
    ];
    const answer = await askChoice({ placeholder: t('Which of its models'), choices, active: draft.model }, place);
    if (answer === undefined || answer === 'back' || answer.value !== '') return answer;
  }
  const prompt = t('Model id that the endpoint expects');
  const question = { prompt: failure === undefined ? prompt : `${failure} ${prompt}`, value: draft.model, refuse };
  return askText(question, place);
}

interface FoundModels {
  readonly listed: readonly ListedModel[];
  /** Why there are none, as a sentence. */
  readonly failure?: string;
}

/** The models that the endpoint lists, if it may be asked. */
async function modelsAt(draft: Draft, { endpoints, language }: Endpoint): Promise<FoundModels> {
  const key = keyOf(draft);
  if (!draft.isAsked || key === undefined) return { listed: [] };
  const { listModels } = await import('../internalModel/modelList.ts');
  const ask = async (signal: AbortSignal): Promise<FoundModels> => {
    let failure: string | undefined;
    // All but one are listed in the same way.
    for (const format of ['messages', 'gemini'] as const) {
      try {
        const listed = await listModels({ endpoint: endpoints[format] ?? draft.baseUrl, format, key, signal });
        if (listed.length > 0) return { listed };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failure ??= problemText(error.problem, language.t);
      }
    }
    return { listed: [], failure: failure ?? vscode.l10n.t('It lists no models.') };
  };
  const title = vscode.l10n.t('Asking {0} for its models', new URL(draft.baseUrl).host);
  return (await draft.foundModels.of([draft.baseUrl, key], () => busy(title, ask))) ?? { listed: [] };
}

async function askFormats(draft: Draft, about: Endpoint, place: StepPlace): Promise<Answer<readonly WireFormat[]>> {
  const { t } = vscode.l10n;
  const reports = await probed(draft, about);
  const answered = reports.filter(({ state }) => state === 'answered').map(({ format }) => format);
  const chosen = answered.length > 0 ? answered : draft.formats;
  // The first is the one in which it is called by ourselves: what was preferred stays so.
  const inOrder = [...new Set([...draft.formats, ...wireFormats])];
  const choices = inOrder.map(format => {
    const report = reports.find(one => one.format === format);
    return {
      label: formatNames[format],
      description: pathOf[format],
      ...(report && { detail: resultText(report, about.language) }),
      picked: chosen.includes(format),
      value: format,
    };
  });
  return askChoices({ placeholder: t('Which wire formats it speaks'), choices }, place);
}

const pathOf: Readonly<Record<WireFormat, string>> = {
  messages: '/v1/messages',
  chatCompletions: '/v1/chat/completions',
  responses: '/v1/responses',
  gemini: '/v1beta/models',
};

/** How the model answered in each format; nothing if it may not be asked. */
async function probed(draft: Draft, { endpoints }: Endpoint): Promise<readonly FormatReport[]> {
  const key = keyOf(draft);
  if (!draft.isAsked || key === undefined) return [];
  const { testConnection } = await import('../internalModel/connection.ts');
  const model = { model: draft.model, formats: wireFormats, endpoints, toolCalling: true };
  const tryAll = async (signal: AbortSignal, progress: (message: string) => void): Promise<readonly FormatReport[]> => {
    const onFormat = (format: WireFormat): void => progress(formatNames[format]);
    return (await testConnection({ model, key, signal, onFormat })).formats;
  };
  const title = vscode.l10n.t('Trying {0} in each format', draft.model);
  return (await draft.reports.of([draft.baseUrl, key, draft.model], () => busy(title, tryAll))) ?? [];
}

function resultText(report: FormatReport, { t }: Language): string {
  if (report.state === 'failed') return problemText(report.problem, t);
  return report.hasToolCall
    ? t('answered within {0} ms, and used a tool', report.latencyMs)
    : t('answered within {0} ms, but did not use a tool', report.latencyMs);
}

/** What was found out once: who goes back and forth waits only where the question has changed. */
class Remembered<T> {
  #question: string | undefined;
  #answer: T | undefined;

  async of(about: readonly string[], ask: () => Promise<T | undefined>): Promise<T | undefined> {
    const question = JSON.stringify(about);
    if (this.#answer === undefined || question !== this.#question) this.#answer = await ask();
    this.#question = question;
    return this.#answer;
  }
}

/** Shows that something is being waited for. @returns undefined if the user does not want to wait */
async function busy<T>(
  title: string,
  work: (signal: AbortSignal, progress: (message: string) => void) => Promise<T>,
): Promise<T | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    try {
      return await work(abort.signal, message => progress.report({ message }));
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    }
  });
}

function settingFrom(draft: Draft, known: InternalModel | undefined): ModelSetting {
  const { baseUrl, model, formats, displayName, contextTokens, outputTokens } = draft;
  const own = Object.entries(ownEndpoints(known)).filter(([format]) => formats.some(chosen => chosen === format));
  return {
    // What is not asked for here stays as it is.
    ...(known?.toolCalling === false && { toolCalling: false }),
    ...(known?.imageInput === true && { imageInput: true }),
    ...(known?.suitableWork && { suitableWork: [...known.suitableWork] }),
    displayName,
    baseUrl,
    formats: [...formats],
    ...(own.length > 0 && { endpoints: Object.fromEntries(own) }),
    model,
    ...priceIn(draft, known),
    ...(contextTokens !== '' && { contextTokens: Number(contextTokens) }),
    ...(outputTokens !== '' && { outputTokens: Number(outputTokens) }),
  };
}

function priceIn(draft: Draft, known: InternalModel | undefined): Pick<ModelSetting, 'prices' | 'flatPrice'> {
  const { pricing, input, output, cacheRead, flat, gpuHours } = draft;
  if (pricing === 'seatMonth') return { flatPrice: { per: pricing, usd: Number(flat) } };
  if (pricing === 'gpuHour') {
    return { flatPrice: { per: pricing, usd: Number(flat), gpuHoursPerMonth: Number(gpuHours) } };
  }
  const before = known?.price.kind === 'tokens' ? known.price.usdPerMillion : undefined;
  return {
    prices: {
      input: Number(input),
      output: Number(output),
      ...(cacheRead !== '' && { cacheRead: Number(cacheRead) }),
      ...(before?.cacheWrite !== undefined && { cacheWrite: before.cacheWrite }),
    },
  };
}

/** The addresses of single formats that are not the model's own one. */
function ownEndpoints(known: InternalModel | undefined): Endpoints {
  return known ? (settingOf(known).endpoints ?? {}) : {};
}

function endpointsOf({ baseUrl }: Draft, known: InternalModel | undefined): Endpoints {
  const own = ownEndpoints(known);
  return Object.fromEntries(wireFormats.map(format => [format, own[format] ?? baseUrl]));
}

function keyOf({ key, keptKey }: Draft): string | undefined {
  return key === '' ? keptKey : key;
}

function textOf(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}

function refuseEmpty(text: string): string | undefined {
  return text === '' ? vscode.l10n.t('It cannot be empty.') : undefined;
}

function refuseNoPrice(text: string): string | undefined {
  return isNumber(text) && Number(text) <= 10_000 ? undefined : vscode.l10n.t('Give a number such as {0}.', '0.25');
}

function refuseNoCount(text: string): string | undefined {
  return text === '' || /^[1-9]\d*$/.test(text) ? undefined : vscode.l10n.t('Give a whole number.');
}
