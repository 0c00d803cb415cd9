import { formatMoney } from './money.ts';
import type { PanelFormat } from './panelText.ts';
import type { AppliedPrice, PriceBasis, Rates } from './priceBook.ts';

const basisNames: Readonly<Record<PriceBasis, string>> = {
  list: 'list price',
  overlay: 'list price, corrected',
  user: 'your price',
  managed: 'your organisation’s price',
  internal: 'internal model',
  internalEstimate: 'internal model, estimated from its flat price',
};

/** `list price · @pydantic/genai-prices 0.1.8`. */
export function priceText(price: Pick<AppliedPrice, 'basis' | 'source'>): string {
  return [basisNames[price.basis], price.source === 'settings' ? undefined : price.source]
    .filter(part => part !== undefined)
    .join(' · ');
}

/** The rates of a price, and why it is not simply the model's, as lines. */
export function priceLines(price: AppliedPrice, format: PanelFormat): string[] {
  const rate = (name: keyof Rates, label: string): string[] => {
    const usd = price.rates[name];
    return usd === undefined ? [] : [`${label} ${formatMoney(Math.round(usd * 1e9), format)}`];
  };
  const perMillion = [
    ...rate('input', 'input'),
    ...rate('output', 'output'),
    ...rate('cacheRead', 'cache read'),
    ...rate('cacheWrite5m', 'cache write 5 min'),
    ...rate('cacheWrite1h', 'cache write 1 h'),
  ];
  return [
    `${price.model}${price.provider === undefined ? '' : ` (${price.provider})`}: ${priceText(price)}`,
    `Per million tokens: ${perMillion.join(', ')}`,
    ...(price.rates.webSearch ? [`Per web search: ${rate('webSearch', '').join('').trim()}`] : []),
    ...(price.multiplier === 1 ? [] : [`Times ${String(price.multiplier)}`]),
    ...price.notes.map(noteText),
  ];
}

function noteText(note: string): string {
  const [kind = '', value = ''] = note.split(/[:>]/);
  switch (kind) {
    case 'longContext':
      return `Long prompt, above ${value} tokens: the whole call costs more`;
    case 'speed':
      return `Speed: ${value}`;
    case 'speedUnknown':
      return 'The price of this speed is not known; the plain one was taken';
    case 'geo':
    case 'region':
      return `Computed in: ${value}`;
    case 'geoUnknown':
      return 'The price of this place is not known; the plain one was taken';
    case 'negotiated':
      return `Negotiated: times ${value}`;
    case 'managed':
      return `Set by your organisation: times ${value}`;
    case 'alias':
      return `Priced as ${value}`;
    case 'estimatedFrom':
      return value === 'seatMonth'
        ? 'Estimated: the price of a seat for a month, spread over the tokens of 30 days'
        : 'Estimated: the price of graphics processors by the hour, spread over the tokens of 30 days';
    case 'listOf':
      return `Price list of ${value}, although another provider served the call`;
    default:
      return note;
  }
}
