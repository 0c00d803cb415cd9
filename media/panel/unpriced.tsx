import { formatTokens } from '../../src/core/money.ts';
import type { PanelFigures, UnpricedRow } from '../../src/core/panel.ts';
import { countText, unpricedText } from '../../src/core/panelText.ts';
import { send } from './host.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';

interface UnpricedProps {
  readonly totals: PanelFigures;
  readonly rows: readonly UnpricedRow[];
}

/** What every sum above it lacks, and what to do about it. */
export function Unpriced({ totals, rows }: UnpricedProps) {
  const { format } = usePage();
  if (rows.length === 0) return null;
  const canBePriced = rows.some(({ model }) => model !== undefined);
  return (
    <section class="notice warning" aria-labelledby="unpriced-title">
      <Icon name="warning" />
      <div class="notice-text">
        <h2 id="unpriced-title">{unpricedText(totals, format)}</h2>
        <p>
          The spend above lacks them.{' '}
          {canBePriced
            ? 'With a price for the model they are priced at once.'
            : 'The log names no model, so no price can be found for them.'}
        </p>
        <ul class="plain-list">
          {rows.map(({ model, calls, tokens }) => (
            <li key={model ?? ''}>
              <code>{model ?? 'Unknown model'}</code>{' '}
              <span class="muted number">
                {countText(calls, 'call', format)}, {countText(tokens, 'token', format, formatTokens(tokens, format))}
              </span>
            </li>
          ))}
        </ul>
      </div>
      {canBePriced && (
        <div class="actions">
          <button type="button" class="secondary" onClick={() => send({ type: 'openSetting', setting: 'prices' })}>
            Add a price…
          </button>
        </div>
      )}
    </section>
  );
}
