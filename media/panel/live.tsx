import type { LiveSession } from '../../src/core/panelLive.ts';
import { rateText } from '../../src/core/panelOverviewText.ts';
import { formatTime, spendText } from '../../src/core/panelText.ts';
import './live.css';
import { usePage } from './page.ts';

/**
 * The sessions that run, if any do. It changes by itself and says nothing while it does: what it shows is also in the
 * status bar, and a voice that follows every call would never end.
 */
export function Live({ sessions }: { readonly sessions: readonly LiveSession[] }) {
  const { format, request, show } = usePage();
  if (sessions.length === 0) return null;
  return (
    <section class="live" aria-labelledby="live-title">
      <h2 id="live-title">
        <span class="live-dot" aria-hidden="true" /> Running now
      </h2>
      <ul>
        {sessions.map(row => {
          const { assistant, session } = row;
          return (
            <li key={`${assistant} ${session}`}>
              <button
                type="button"
                class="live-session"
                title="Show its calls"
                onClick={() =>
                  show({ ...request, session: { assistant, session, order: 'newest', page: 0 } }, { isStep: true })
                }
              >
                <strong>{row.project.label}</strong>
                <span class="muted">
                  {row.assistantName} · {row.model}
                </span>
                <span class="number live-rate">{rateText(row, format)}</span>
                <span class="muted number">
                  {spendText(row.figures, format)} so far · last call {formatTime(row.lastAtMs, format)}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
