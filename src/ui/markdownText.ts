import type { Estimate } from '../core/interval.ts';
import { formatMoney, type NanoUsd } from '../core/money.ts';
import type { Language } from '../core/statusText.ts';

// Words, numbers and tables of the documents that we write in Markdown.

/** The first column is words, all others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? ':--' : '--:'))), ...rows.map(line)].join('\n');
}

export function money(amount: NanoUsd, { locale, currency }: Language): string {
  return formatMoney(amount, { locale, currency });
}

export function moneyRange({ low, high }: Estimate, language: Language): string {
  return language.t('{0} to {1}', money(low, language), money(high, language));
}

export function count(value: number, { locale }: Language): string {
  return new Intl.NumberFormat(locale).format(value);
}

export function percent(share: number, { locale }: Language): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** Text from outside, so that nothing in it is Markdown. */
export function escape(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()#+!|<>~&$-]/g, '\\$&');
}
