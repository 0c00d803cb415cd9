import { promptTokens } from './call.ts';
import type { Call } from './call.ts';
import { packagePrices } from './listPrices.ts';
import { makerOf, modelForms, providerId } from './modelId.ts';
import type { ModelForm } from './modelId.ts';
import type { NanoUsd } from './money.ts';
import { billionths, holdsAt, idOf, isWhole, nanoUsdOf, nanoUsdOfMany, picoOf, plain, startOf } from './priceCharge.ts';
import { withFactor, withGeo, withNote, withSpeed, withSurcharge } from './priceCharge.ts';
import type { Charge, NamedTerms, Slot, Terms } from './priceCharge.ts';
import {
  awsRegionMultiplier,
  localProviders,
  modelAliases,
  overlayDate,
  overlayEntries,
  webSearchFees,
} from './priceOverlay.ts';

/**
 * Where a price is from: a provider's public list; our corrections of it; the user's settings; the prices an
 * organisation set in Claude Code; the internal model's settings, by the token or as an estimate from a flat price.
 */
export type PriceBasis = 'list' | 'overlay' | 'user' | 'managed' | 'internal' | 'internalEstimate';

/** Whether it is the price of an internal model, so that such a model has answered. */
export function isInternalPrice(price: { readonly basis: PriceBasis } | undefined): boolean {
  return price?.basis === 'internal' || price?.basis === 'internalEstimate';
}

/**
 * US dollars per million tokens; `webSearch`: US dollars per search. Undefined: there is no such price. Cached tokens
 * are then charged as plain input, an hour's cache writes as five minutes' ones, searches not at all.
 */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly webSearch?: number;
}

/** Prices of the whole call, not only of the excess, once its prompt is longer than `above` tokens. */
export interface LongPrompt {
  readonly above: number;
  readonly rates: Rates;
}

export interface PriceRow {
  readonly rates: Rates;
  readonly longPrompt?: LongPrompt;
  /** The day `YYYY-MM-DD` (UTC) from whose beginning on it holds; always, if absent. */
  readonly from?: string;
  /** The part of each day in which it holds, in minutes since midnight (UTC); may reach over midnight. */
  readonly hours?: { readonly from: number; readonly to: number };
}

/** The prices of one model of one provider. The last row that holds at a moment counts. */
export interface PriceEntry {
  readonly provider: string;
  /** Its id and whole other names, in lower case. */
  readonly models: readonly string[];
  readonly prices: readonly PriceRow[];
}

/** A model that a provider lists, with its prices for short prompts. */
export interface ListedModel {
  readonly provider: string;
  readonly model: string;
  readonly rates: Rates;
}

/** The public price lists. */
export interface ListPrices {
  /** Name and version, as it is shown. */
  readonly source: string;
  /** May be slow: asked for once, when a model is not found elsewhere. */
  entries(): readonly PriceEntry[];
}

/** A row of Claude Code's `modelPricing`: one write price for both lifetimes. */
export interface ManagedRates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** Claude Code's `modelPricing`. A row replaces a model's prices; the multiplier is for everything it prices. */
export interface ManagedPricing {
  readonly multiplier?: number;
  readonly overrides?: Readonly<Record<string, ManagedRates>>;
}

/**
 * The user's own price of a model, in the shape of `modelPricing`, extended. Neither speed nor place are added to it; a
 * negotiated share is.
 */
export interface UserPrice {
  /** Covers the dated and routed forms of the id too. */
  readonly model: string;
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** As `cacheWrite` if absent. */
  readonly cacheWrite1h?: number;
  readonly longPrompt?: Omit<UserPrice, 'model' | 'longPrompt' | 'webSearch' | 'from'> & { readonly above: number };
  /** US dollars per search. */
  readonly webSearch?: number;
  /** The day `YYYY-MM-DD` (UTC) from which on it holds; before, the next best price does. */
  readonly from?: string;
}

/** The price of an internal model, in US dollars per million tokens. */
export interface InternalPrice {
  readonly model: string;
  readonly displayName: string;
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** What it was estimated from: the unit of a flat price. Absent: it is the price that was set. */
  readonly estimatedFrom?: 'seatMonth' | 'gpuHour';
}

/** Which price a call got; the ledger stores one row per distinct `id`. The same price is the same object. */
export interface AppliedPrice {
  /** Says all of the rest, so that two prices with the same id are the same. */
  readonly id: string;
  readonly basis: PriceBasis;
  /** For example `@pydantic/genai-prices 0.1.8`, `overlay 2026-11-22`, `settings`, `modelPricing`. */
  readonly source: string;
  /** The id of the entry that was found. */
  readonly model: string;
  readonly provider: string | undefined;
  /** After the choice by date and prompt length, before the multiplier. */
  readonly rates: Rates;
  readonly isLongContext: boolean;
  /** Of all token prices: the product of speed, place, negotiated and managed multiplier. Fees know the last two only. */
  readonly multiplier: number;
  /**
   * Why it is not simply the model's price: `longContext>200000`, `speed:fast`, `speedUnknown`, `geo:us`, `geoUnknown`,
   * `region:eu`, `negotiated:0.8`, `managed:0.5`, `alias:gpt-5.5`; `listOf:openai` if it is the maker's list, although
   * another provider served the call; `estimatedFrom:seatMonth` if a flat price was spread over the tokens.
   */
  readonly notes: readonly string[];
}

export interface Cost {
  /** Undefined: unpriced, which is not free. */
  readonly nanoUsd: NanoUsd | undefined;
  readonly price: AppliedPrice | undefined;
  readonly unpricedBecause: 'noModel' | 'unknownModel' | undefined;
}

export type PriceableCall = Pick<Call, 'model' | 'provider' | 'atMs' | 'usage' | 'speed' | 'geo'>;

/** What decides which prices a call may have, whenever it is made and whatever it uses. */
export type PricedModel = Pick<Call, 'model' | 'provider' | 'speed' | 'geo'>;

export interface PriceBookOptions {
  readonly user?: readonly UserPrice[];
  /** A negotiated share of the price by provider: 0.8 is a fifth off. */
  readonly providerMultipliers?: Readonly<Record<string, number>>;
  readonly managed?: ManagedPricing;
  readonly internal?: readonly InternalPrice[];
  /** The package's, if absent. */
  readonly list?: ListPrices;
}

export interface CostOptions {
  /** The usage is that of several calls, so its prompt length says nothing: base prices. */
  readonly aggregate?: boolean;
}

/** By what the calls of a model have to be told apart so that many of them can be priced as one. */
export interface PriceSteps {
  /** Calls with a longer prompt have another price, in tokens. */
  readonly promptsAbove: readonly number[];
  /** From these moments on there is another price. */
  readonly fromMs: readonly number[];
}

/**
 * All prices, and the cost of a call. Who wins: the internal model's settings, the user's prices, managed prices, our
 * overlay, the public lists; each by a whole name (`modelForms`), never by the beginning of one.
 */
export class PriceBook {
  readonly #options: PriceBookOptions;
  readonly #listPrices: ListPrices;
  readonly #internal: ReadonlyMap<string, InternalPrice>;
  readonly #managed: ReadonlyMap<string, readonly [model: string, rates: ManagedRates]>;
  readonly #negotiated: ReadonlyMap<string, number>;
  readonly #overlay = indexed(overlayEntries);
  #list: ReadonlyMap<string, PriceEntry> | undefined;
  readonly #slots = new Map<string, readonly Slot[]>();
  /** What was found for the call before: mostly the next one is of the same model. */
  #latest: (PricedModel & { readonly slots: readonly Slot[] }) | undefined;
  readonly #charges = new Map<string, Charge>();

  constructor(options: PriceBookOptions = {}) {
    this.#options = options;
    this.#listPrices = options.list ?? packagePrices();
    this.#internal = new Map((options.internal ?? []).map(price => [lower(price.model), price]));
    this.#managed = new Map(Object.entries(options.managed?.overrides ?? {}).map(row => [lower(row[0]), row]));
    this.#negotiated = new Map(
      Object.entries(options.providerMultipliers ?? {}).map(([provider, multiplier]) => [
        providerId(provider),
        multiplier,
      ]),
    );
  }

  /** What a call costs: exact, rounded once to billionths of a dollar. */
  costOf(call: PriceableCall, options?: CostOptions): Cost {
    const { model, usage } = call;
    if (model === undefined || model === '') return noModel;
    for (const slot of this.#slotsOf(model, call)) {
      if (!holdsAt(slot, call.atMs)) continue;
      const isLong = slot.long && options?.aggregate !== true && promptTokens(usage) > slot.long.above;
      const charge = isLong ? slot.long.charge : slot.charge;
      return { nanoUsd: nanoUsdOf(usage, charge), price: charge.price, unpricedBecause: undefined };
    }
    return unknownModel;
  }

  /** Whether calls of the model have a price at any time. */
  knows(call: PricedModel): boolean {
    return call.model !== undefined && call.model !== '' && this.#slotsOf(call.model, call).length > 0;
  }

  /** Undefined if calls of the model can only be priced one by one: by the hour of the day, or to parts of a billionth. */
  stepsOf(call: PriceableCall): PriceSteps | undefined {
    const slots = call.model === undefined || call.model === '' ? [] : this.#slotsOf(call.model, call);
    const charges = slots.flatMap(({ charge, long }) => (long ? [charge, long.charge] : [charge]));
    if (slots.some(({ hours }) => hours !== undefined) || !charges.every(isWhole)) return undefined;
    return {
      promptsAbove: slots.flatMap(({ long }) => long?.above ?? []),
      fromMs: slots.map(({ fromMs }) => fromMs).filter(Number.isFinite),
    };
  }

  /**
   * What many calls cost, to which the same price applies: exactly the sum of what each costs.
   * @param calls with the usage of all of them together, at any of their moments
   * @param isLonger whether their prompts are longer than so many tokens
   */
  costOfMany(calls: PriceableCall, isLonger: (tokens: number) => boolean): Cost {
    const { model, usage } = calls;
    if (model === undefined || model === '') return noModel;
    const slot = this.#slotsOf(model, calls).find(each => holdsAt(each, calls.atMs));
    if (!slot) return unknownModel;
    const charge = slot.long && isLonger(slot.long.above) ? slot.long.charge : slot.charge;
    return { nanoUsd: nanoUsdOfMany(usage, charge), price: charge.price, unpricedBecause: undefined };
  }

  /** The models that the public lists, as we correct them, have a price for at a moment. */
  listed(atMs: number): readonly ListedModel[] {
    this.#list ??= indexed(this.#listPrices.entries());
    const models = new Map<string, ListedModel>();
    for (const entry of [...this.#overlay.values(), ...this.#list.values()]) {
      const { provider, prices } = entry;
      const model = idOfEntry(entry);
      const row = prices.findLast(({ from }) => startOf(from) <= atMs);
      const key = `${provider}/${model}`;
      if (row && !models.has(key)) models.set(key, { provider, model, rates: row.rates });
    }
    return [...models.values()];
  }

  #slotsOf(model: string, call: PricedModel): readonly Slot[] {
    const latest = this.#latest;
    if (
      latest?.model === model &&
      latest.provider === call.provider &&
      latest.speed === call.speed &&
      latest.geo === call.geo
    ) {
      return latest.slots;
    }
    const key = `${call.provider ?? ''}\n${model}\n${call.speed}\n${call.geo ?? ''}`;
    let slots = this.#slots.get(key);
    if (!slots) {
      slots = this.#resolve(model, call);
      this.#slots.set(key, slots);
    }
    this.#latest = { model, provider: call.provider, speed: call.speed, geo: call.geo, slots };
    return slots;
  }

  /** Every price the model may have, whichever the moment; the first that holds counts. */
  #resolve(model: string, call: PricedModel): readonly Slot[] {
    const internal = this.#internal.get(lower(model));
    if (internal) return [this.#internalSlot(internal)];

    const forms = modelForms(model);
    const served = call.provider === undefined ? undefined : providerId(call.provider);
    const slots = this.#userSlots(model, forms, served);
    if (slots.some(slot => slot.fromMs === -Infinity)) return slots;

    const managed = this.#managedSlot(model, forms, served);
    if (managed) return [...slots, managed];
    return [...slots, ...this.#listedSlots(forms, call, served)];
  }

  #internalSlot(price: InternalPrice): Slot {
    const { model, estimatedFrom } = price;
    const terms = estimatedFrom === undefined ? plain : withNote(plain, `estimatedFrom:${estimatedFrom}`);
    const basis = estimatedFrom === undefined ? 'internal' : 'internalEstimate';
    return this.#slot({ rates: ratesOf(price) }, { basis, source: 'settings', model, provider: 'internal', ...terms });
  }

  #userSlots(model: string, forms: readonly ModelForm[], served: string | undefined): Slot[] {
    const provider = served ?? makerOfForms(forms);
    const all = this.#options.user ?? [];
    const exact = all.filter(price => lower(price.model) === lower(model));
    const prices = exact.length > 0 ? exact : all.filter(price => isForm(forms, price.model));
    const { feeMultiplier, notes } = this.#negotiatedFor(provider);
    return prices
      .map(price => {
        const { longPrompt } = price;
        const row: PriceRow = {
          rates: ratesOf(price),
          ...(longPrompt && { longPrompt: { above: longPrompt.above, rates: ratesOf(longPrompt) } }),
          ...(price.from !== undefined && { from: price.from }),
        };
        const named = { basis: 'user', source: 'settings', model: price.model, provider } as const;
        return this.#slot(row, { ...named, tokenMultiplier: feeMultiplier, feeMultiplier, notes });
      })
      .sort((a, b) => (a.fromMs === b.fromMs ? 0 : a.fromMs > b.fromMs ? -1 : 1));
  }

  /** A row of `modelPricing` replaces the prices; neither speed nor place are added to it. */
  #managedSlot(model: string, forms: readonly ModelForm[], served: string | undefined): Slot | undefined {
    const provider = served ?? makerOfForms(forms);
    // Dated and routed forms are covered for the models that Claude Code knows; any other key is that very id.
    const covering = forms.find(form => form.id.startsWith('claude-') && this.#managed.has(form.id));
    const row = this.#managed.get(lower(model)) ?? this.#managed.get(covering?.id ?? '');
    if (!row) return undefined;
    const { feeMultiplier, notes } = this.#withManaged(this.#negotiatedFor(provider));
    const named = { basis: 'managed', source: 'modelPricing', model: row[0], provider } as const;
    return this.#slot({ rates: ratesOf(row[1]) }, { ...named, tokenMultiplier: feeMultiplier, feeMultiplier, notes });
  }

  #listedSlots(forms: readonly ModelForm[], call: PricedModel, served: string | undefined): readonly Slot[] {
    if (served !== undefined && localProviders.has(served)) return [];
    for (const form of forms) {
      for (const provider of new Set([form.provider, served, makerOf(form.id)])) {
        if (provider === undefined) continue;
        const slots = this.#entrySlots(`${provider}/${form.id}`, form, call, served);
        if (slots.length > 0) return slots;
      }
    }
    return [];
  }

  #entrySlots(key: string, form: ModelForm, call: PricedModel, served: string | undefined): readonly Slot[] {
    const alias = modelAliases.find(({ provider, alias: name }) => `${provider}/${name}` === key);
    if (alias) {
      return alias.targets.toReversed().flatMap(({ from, model }) => {
        const slots = this.#entrySlots(`${alias.provider}/${model}`, { ...form, id: model }, call, served);
        return slots.map(slot => this.#aliasSlot(slot, startOf(from), `alias:${model}`));
      });
    }
    const overlaid = this.#overlay.get(key);
    const entry = overlaid ?? this.#listed(key);
    const terms = entry && this.#termsOf(entry, form, call, served);
    if (!terms) return [];
    const named = {
      basis: terms.isManaged ? 'managed' : overlaid ? 'overlay' : 'list',
      source: overlaid ? `overlay ${overlayDate}` : this.#listPrices.source,
      model: idOfEntry(entry),
      provider: entry.provider,
    } as const;
    return entry.prices.map(row => this.#slot(row, { ...named, ...terms })).reverse();
  }

  /** What is multiplied with an entry's prices; undefined if the id asks for a fast mode that the model does not have. */
  #termsOf(
    entry: PriceEntry,
    form: ModelForm,
    call: PricedModel,
    served: string | undefined,
  ): (Terms & { readonly isManaged: boolean }) | undefined {
    const negotiated = this.#negotiatedFor(entry.provider);
    // Claude Code's multiplier is what its organisation pays for Claude; it says nothing about other models.
    const managed = idOfEntry(entry).includes('claude-') ? this.#withManaged(negotiated) : negotiated;
    const fast = withSpeed(managed, entry, form, call.speed);
    if (!fast) return undefined;
    let terms = withGeo(fast, entry.provider, call.geo);
    if (form.region !== undefined && entry.provider !== 'aws') {
      terms = withSurcharge(terms, `region:${form.region}`, awsRegionMultiplier);
    }
    const expected = served ?? form.provider;
    if (expected !== undefined && expected !== entry.provider) terms = withNote(terms, `listOf:${entry.provider}`);
    return { ...terms, isManaged: managed !== negotiated };
  }

  #listed(key: string): PriceEntry | undefined {
    this.#list ??= indexed(this.#listPrices.entries());
    return this.#list.get(key);
  }

  #withManaged(terms: Terms): Terms {
    return withFactor(terms, 'managed', this.#options.managed?.multiplier);
  }

  #negotiatedFor(provider: string | undefined): Terms {
    return withFactor(plain, 'negotiated', provider === undefined ? 1 : this.#negotiated.get(providerId(provider)));
  }

  #slot(row: PriceRow, terms: NamedTerms): Slot {
    const { longPrompt } = row;
    return {
      fromMs: startOf(row.from),
      hours: row.hours,
      charge: this.#charge(row.rates, false, terms),
      long: longPrompt && {
        above: longPrompt.above,
        charge: this.#charge(longPrompt.rates, true, withNote(terms, `longContext>${String(longPrompt.above)}`)),
      },
    };
  }

  #aliasSlot(slot: Slot, fromMs: number, note: string): Slot {
    const noted = (charge: Charge): Charge =>
      this.#intern({ ...charge, price: { ...charge.price, notes: [...charge.price.notes, note] } });
    return {
      ...slot,
      fromMs: Math.max(slot.fromMs, fromMs),
      charge: noted(slot.charge),
      long: slot.long && { above: slot.long.above, charge: noted(slot.long.charge) },
    };
  }

  #charge(rates: Rates, isLongContext: boolean, terms: NamedTerms): Charge {
    const { tokenMultiplier, feeMultiplier, basis, source, model, provider, notes } = terms;
    const fee = provider === undefined ? undefined : webSearchFees.get(provider);
    const charged: Rates = rates.webSearch === undefined && fee !== undefined ? { ...rates, webSearch: fee } : rates;
    return this.#intern({
      price: {
        id: '',
        basis,
        source,
        model,
        provider,
        rates: charged,
        isLongContext,
        multiplier: Number(billionths(tokenMultiplier)) / 1e9,
        notes,
      },
      pico: picoOf(charged),
      factors:
        tokenMultiplier === 1 && feeMultiplier === 1
          ? undefined
          : { tokens: billionths(tokenMultiplier), fees: billionths(feeMultiplier) },
    });
  }

  #intern(charge: Charge): Charge {
    const id = idOf(charge.price);
    const known = this.#charges.get(id);
    if (known) return known;
    const own = { ...charge, price: { ...charge.price, id } };
    this.#charges.set(id, own);
    return own;
  }
}

const noModel: Cost = { nanoUsd: undefined, price: undefined, unpricedBecause: 'noModel' };
const unknownModel: Cost = { nanoUsd: undefined, price: undefined, unpricedBecause: 'unknownModel' };

/** Prices in the shape of `modelPricing`, in ours. */
function ratesOf(price: Omit<UserPrice, 'model' | 'longPrompt' | 'from'>): Rates {
  const cacheWrite1h = price.cacheWrite1h ?? price.cacheWrite;
  return {
    input: price.input,
    output: price.output,
    ...(price.cacheRead !== undefined && { cacheRead: price.cacheRead }),
    ...(price.cacheWrite !== undefined && { cacheWrite5m: price.cacheWrite }),
    ...(cacheWrite1h !== undefined && { cacheWrite1h }),
    ...(price.webSearch !== undefined && { webSearch: price.webSearch }),
  };
}

function indexed(entries: readonly PriceEntry[]): ReadonlyMap<string, PriceEntry> {
  const index = new Map<string, PriceEntry>();
  for (const entry of entries) {
    for (const model of entry.models) {
      const key = `${entry.provider}/${model}`;
      if (!index.has(key)) index.set(key, entry);
    }
  }
  return index;
}

function idOfEntry(entry: PriceEntry): string {
  return entry.models[0] ?? '';
}

function isForm(forms: readonly ModelForm[], model: string): boolean {
  return forms.some(form => form.id === lower(model) && !form.isFast);
}

function makerOfForms(forms: readonly ModelForm[]): string | undefined {
  return forms[0] && (forms[0].provider ?? makerOf(forms[0].id));
}

function lower(text: string): string {
  return text.trim().toLowerCase();
}
