import * as v from 'valibot';
import { UserError } from '../core/errors.ts';
import { workKinds } from '../core/switchAdvisor.ts';
import type { AdvisedModel, WorkKind } from '../core/switchAdvisor.ts';

/** The setting that describes the internal model. */
export const internalModelSetting = 'aiSpendMeter.internalModel';

/** The internal model as it is set; its key is kept elsewhere. */
export interface InternalModel {
  readonly displayName: string;
  /** Without `/v1` and without a slash at its end. */
  readonly baseUrl: string;
  readonly model: string;
  /** US dollars per million tokens. Undefined: cached tokens cost what plain input costs. */
  readonly prices: {
    readonly input: number;
    readonly output: number;
    readonly cacheRead?: number;
    readonly cacheWrite?: number;
  };
  /** How many tokens prompt and answer may have together; undefined: not known. */
  readonly contextTokens?: number;
  /** The kinds of work it is good enough for; undefined: all. */
  readonly suitableWork?: readonly WorkKind[];
}

const name = v.pipe(v.string(), v.trim(), v.nonEmpty());
const price = v.pipe(v.number(), v.minValue(0), v.maxValue(10_000));

const baseUrl = v.pipe(
  v.string(),
  v.trim(),
  v.url(),
  v.check(text => ['http:', 'https:'].includes(new URL(text).protocol), 'It must begin with https:// or http://.'),
  v.check(text => {
    const { username, password, search, hash } = new URL(text);
    return username + password + search + hash === '';
  }, 'It must have neither a user, nor a question mark, nor a hash.'),
  v.transform(text => text.replace(/\/+$/, '').replace(/\/v1$/, '')),
);

const schema = v.strictObject({
  displayName: v.exactOptional(v.pipe(v.string(), v.trim()), ''),
  baseUrl,
  model: name,
  prices: v.strictObject({
    input: price,
    output: price,
    cacheRead: v.exactOptional(price),
    cacheWrite: v.exactOptional(price),
  }),
  contextTokens: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  suitableWork: v.exactOptional(v.pipe(v.array(v.picklist(workKinds)), v.nonEmpty())),
});

/**
 * The internal model that a setting describes.
 * @returns undefined if none is set
 * @throws {UserError} `settingInvalid` with the first thing that is wrong
 */
export function internalModelOf(setting: unknown): InternalModel | undefined {
  if (isUnset(setting)) return undefined;
  const found = v.safeParse(schema, setting, { abortEarly: true });
  if (!found.success) {
    const [issue] = found.issues;
    const path = v.getDotPath(issue);
    throw new UserError({
      kind: 'settingInvalid',
      setting: path === null ? internalModelSetting : `${internalModelSetting}.${path}`,
      reason: issue.message,
    });
  }
  const { displayName, model } = found.output;
  return { ...found.output, displayName: displayName === '' ? model : displayName };
}

/** The internal model as the advisor and the price book need it. */
export function advisedModelOf({
  displayName,
  model,
  prices,
  contextTokens,
  suitableWork,
}: InternalModel): AdvisedModel {
  return {
    displayName,
    model,
    ...prices,
    ...(contextTokens !== undefined && { contextTokens }),
    ...(suitableWork !== undefined && { suitableWork }),
  };
}

/** An empty form is no model, rather than a wrong one. */
function isUnset(setting: unknown): boolean {
  if (setting === undefined || setting === null) return true;
  if (typeof setting !== 'object' || Array.isArray(setting)) return false;
  const { baseUrl = '', model = '' } = setting as { readonly baseUrl?: unknown; readonly model?: unknown };
  return baseUrl === '' && model === '';
}
