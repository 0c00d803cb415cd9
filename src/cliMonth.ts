import { monthText, type MonthOptions } from './cli/month.ts';
import type { Currency } from './core/currency.ts';
import type { Month } from './core/month.ts';
import type { Calendar } from './core/period.ts';
import type { PriceBook } from './core/priceBook.ts';
import type { MeterSettings } from './core/meterApi.ts';
import type { Ledger } from './ledger/ledger.ts';
import { monthlyReport } from './meter/monthlyQueries.ts';
import { lookBackFrom } from './meter/switchEvidence.ts';
import { switchRecordsIn } from './meter/switchMoments.ts';
import type { Reader } from './readers/reader.ts';

interface MonthOutputOptions {
  readonly ledger: Ledger;
  readonly command: MonthOptions & { readonly month: Month };
  readonly calendar: Calendar;
  readonly nowMs: number;
  readonly readers: readonly Reader[];
  readonly prices: PriceBook;
  readonly settings: Pick<MeterSettings, 'budgets'> & { readonly currency?: Currency | undefined };
}

/** What `report --month` prints: a bundle of its own, as it is seldom asked for, and more than a report of days needs. */
export function monthOutput({
  ledger,
  command,
  calendar,
  nowMs,
  readers,
  prices,
  settings,
}: MonthOutputOptions): string {
  const report = monthlyReport(ledger, command.month, {
    nowMs,
    calendar,
    readers,
    budgets: settings.budgets,
    records: switchRecordsIn(ledger),
    lookBack: request => lookBackFrom(ledger, request, call => prices.costOf(call)),
  });
  return monthText(report, { ...command, currency: settings.currency });
}
