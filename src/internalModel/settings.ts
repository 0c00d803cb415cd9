import * as v from 'valibot';
import type { UserProblem } from '../core/errors.ts';
import type { FlatPrice, InternalTerms } from '../core/flatPrice.ts';
import { isPlainHttp as isPlain } from '../core/plainHttp.ts';
import { workKinds } from '../core/switchAdvisor.ts';
import type { AdvisedModel, WorkKind } from '../core/switchAdvisor.ts';
import { wireFormats } from '../core/wireFormat.ts';
import type { Endpoints, WireFormat } from '../core/wireFormat.ts';

/** The setting that describes the internal models, the preferred one first. */
const internalModelsSetting = 'aiSpendMeter.internalModels';

/** An internal model as it is set; its key is kept elsewhere. */
export interface InternalModel {
  readonly displayName: string;
  /** Without `/v1` and without a slash at its end. */
  readonly baseUrl: string;
  /** The wire formats it speaks, never none; the first is the one in which we call it ourselves. */
  readonly formats: readonly WireFormat[];
  /** Where it speaks each of them. */
  readonly endpoints: Endpoints;
  readonly model: string;
  /** By the token, or flat. */
  readonly price: ModelPrice;
  /** How many tokens prompt and answer may have together; undefined: not known. */
  readonly contextTokens?: number;
  /** How many tokens an answer may have; undefined: not known. */
  readonly outputTokens?: number;
  /** Whether it can call tools. */
  readonly toolCalling: boolean;
  /** Whether it can see pictures; undefined: it cannot. */
  readonly imageInput?: boolean;
  /** The kinds of work it is good enough for; undefined: all. */
  readonly suitableWork?: readonly WorkKind[];
}

export type ModelPrice =
  | { readonly kind: 'tokens'; readonly usdPerMillion: TokenPrices }
  | { readonly kind: 'flat'; readonly flat: FlatPrice };

/** US dollars per million tokens. Undefined: cached tokens cost what plain input costs. */
export interface TokenPrices {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

export type SettingProblem = Extract<UserProblem, { kind: 'settingInvalid' }>;

const name = v.pipe(v.string(), v.trim(), v.nonEmpty());
const usd = v.pipe(v.number(), v.minValue(0), v.maxValue(10_000));
const tokens = v.pipe(v.number(), v.integer(), v.minValue(1));

const address = v.pipe(
  v.string(),
  v.trim(),
  v.url(),
  v.check(text => ['http:', 'https:'].includes(new URL(text).protocol), 'It must begin with https:// or http://.'),
  v.check(text => {
    const { username, password, search, hash } = new URL(text);
    return username + password + search + hash === '';
  }, 'It must have neither a user, nor a question mark, nor a hash.'),
  v.transform(text => text.replace(/\/+$/, '').replace(/\/v1(beta)?$/, '')),
);

const flatPrice = v.variant('per', [
  v.strictObject({ per: v.literal('seatMonth'), usd }),
  v.strictObject({
    per: v.literal('gpuHour'),
    usd,
    gpuHoursPerMonth: v.pipe(v.number(), v.gtValue(0), v.maxValue(1_000_000)),
  }),
]);

const schema = v.pipe(
  v.strictObject({
    displayName: v.exactOptional(v.pipe(v.string(), v.trim()), ''),
    baseUrl: address,
    formats: v.exactOptional(v.pipe(v.array(v.picklist(wireFormats)), v.nonEmpty())),
    endpoints: v.exactOptional(v.strictObject(v.entriesFromList(wireFormats, v.exactOptional(address)))),
    model: name,
    prices: v.exactOptional(
      v.strictObject({
        input: usd,
        output: usd,
        cacheRead: v.exactOptional(usd),
        cacheWrite: v.exactOptional(usd),
      }),
    ),
    flatPrice: v.exactOptional(flatPrice),
    contextTokens: v.exactOptional(tokens),
    outputTokens: v.exactOptional(tokens),
    toolCalling: v.exactOptional(v.boolean(), true),
    imageInput: v.exactOptional(v.boolean()),
    suitableWork: v.exactOptional(v.pipe(v.array(v.picklist(workKinds)), v.nonEmpty())),
  }),
  v.forward(
    v.check(
      ({ prices, flatPrice: flat }) => prices !== undefined || flat !== undefined,
      'Give prices, or a flatPrice.',
    ),
    ['prices'],
  ),
  v.forward(
    v.check(({ prices, flatPrice: flat }) => !prices || !flat, 'Give either prices or a flatPrice, not both.'),
    ['flatPrice'],
  ),
);

/** A description as it stands in the settings. */
export type ModelSetting = v.InferInput<typeof schema>;

/**
 * The internal models that the setting describes, in its order. One that makes no sense is left out, and named among
 * the problems with the first thing that is wrong; an empty form is no model, rather than a wrong one.
 */
export function internalModelsOf(setting: unknown): {
  readonly models: readonly InternalModel[];
  readonly problems: readonly SettingProblem[];
} {
  if (!Array.isArray(setting)) {
    const isUnset = setting === undefined || setting === null;
    return { models: [], problems: isUnset ? [] : [problem('', 'It must be a list of models.')] };
  }
  const models: InternalModel[] = [];
  const problems: SettingProblem[] = [];
  for (const [index, one] of (setting as readonly unknown[]).entries()) {
    if (isEmpty(one)) continue;
    const found = internalModelOf(one);
    if ('reason' in found) problems.push(problem(`.${index}${found.path}`, found.reason));
    else if (models.some(({ model }) => model.toLowerCase() === found.model.toLowerCase())) {
      problems.push(problem(`.${index}.model`, 'Another model has the same id.'));
    } else models.push(found);
  }
  return { models, problems };
}

/** An address as it is kept, or what is wrong with it, as a sentence. */
export function addressIn(text: string): { readonly address: string } | { readonly reason: string } {
  const found = v.safeParse(address, text, { abortEarly: true });
  return found.success ? { address: found.output } : { reason: found.issues[0].message };
}

/** The description of a model as it would stand in the settings: what would be there by default is left out. */
export function settingOf(model: InternalModel): ModelSetting {
  const { displayName, baseUrl, formats, price, contextTokens, outputTokens, toolCalling, imageInput, suitableWork } =
    model;
  const own = Object.entries(model.endpoints).filter(([, endpoint]) => endpoint !== baseUrl);
  return {
    displayName,
    baseUrl,
    formats: [...formats],
    ...(own.length > 0 && { endpoints: Object.fromEntries(own) }),
    model: model.model,
    ...(price.kind === 'tokens' ? { prices: price.usdPerMillion } : { flatPrice: price.flat }),
    ...(contextTokens !== undefined && { contextTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(!toolCalling && { toolCalling }),
    ...(imageInput === true && { imageInput }),
    ...(suitableWork !== undefined && { suitableWork: [...suitableWork] }),
  };
}

/** An internal model as the price book needs it. */
export function internalTermsOf({ displayName, model, price }: InternalModel): InternalTerms {
  return { displayName, model, ...(price.kind === 'tokens' ? price.usdPerMillion : { flat: price.flat }) };
}

/** An internal model as the advisor needs it. */
export function advisedModelOf(model: InternalModel): AdvisedModel {
  const { contextTokens, outputTokens, suitableWork } = model;
  return {
    ...internalTermsOf(model),
    ...(contextTokens !== undefined && { contextTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(suitableWork !== undefined && { suitableWork }),
  };
}

/** The hosts that get the model's key, as origins in a fixed order. */
export function originsOf({ baseUrl, endpoints }: Pick<InternalModel, 'baseUrl' | 'endpoints'>): readonly string[] {
  const origins = [baseUrl, ...Object.values(endpoints)].map(url => new URL(url).origin);
  return [...new Set(origins)].sort();
}

/** Where it is called, without `/v1`. */
export function addressesOf({ baseUrl, endpoints }: Pick<InternalModel, 'baseUrl' | 'endpoints'>): readonly string[] {
  return [...new Set([baseUrl, ...Object.values(endpoints)])].sort();
}

/** Whether what is sent there can be read on the way. */
export function isPlainHttp(url: string | URL): boolean {
  return isPlain(new URL(url));
}

function internalModelOf(setting: unknown): InternalModel | { readonly path: string; readonly reason: string } {
  const found = v.safeParse(schema, setting, { abortEarly: true });
  if (!found.success) {
    const [issue] = found.issues;
    const path = v.getDotPath(issue);
    return { path: path === null ? '' : `.${path}`, reason: issue.message };
  }
  const { displayName, endpoints: own = {}, prices, flatPrice: flat, ...rest } = found.output;
  const formats = formatsOf(found.output);
  const price: ModelPrice | undefined = prices
    ? { kind: 'tokens', usdPerMillion: prices }
    : flat && { kind: 'flat', flat };
  // The schema has seen to it that there is one of them.
  if (!price) throw new TypeError('a model without a price');
  return {
    ...rest,
    displayName: displayName === '' ? rest.model : displayName,
    formats,
    endpoints: Object.fromEntries(formats.map(format => [format, own[format] ?? rest.baseUrl])),
    price,
  };
}

/**
 * The formats that are named, then those that have an address of their own. Who names none has an endpoint for Claude
 * Code: to claim more would send assistants where nobody answers.
 */
function formatsOf(setting: v.InferOutput<typeof schema>): readonly WireFormat[] {
  const { formats = [], endpoints = {} } = setting;
  const withOwn = wireFormats.filter(format => endpoints[format] !== undefined);
  const all = [...new Set([...formats, ...withOwn])];
  return all.length > 0 ? all : ['messages'];
}

function problem(path: string, reason: string): SettingProblem {
  return { kind: 'settingInvalid', setting: internalModelsSetting + path, reason };
}

function isEmpty(setting: unknown): boolean {
  if (setting === null) return true;
  if (typeof setting !== 'object' || Array.isArray(setting)) return false;
  const { baseUrl = '', model = '' } = setting as { readonly baseUrl?: unknown; readonly model?: unknown };
  return baseUrl === '' && model === '';
}
