import type { AlertRow, AlertsView } from '../../src/core/panelBudgets.ts';
import { alertText, causesText, kindNames } from '../../src/core/panelBudgetText.ts';
import { formatCount, formatDateTime } from '../../src/core/panelText.ts';
import { Empty } from './empty.tsx';
import { send } from './host.ts';
import { usePage } from './page.ts';
import { Scroll } from './tableParts.tsx';

/** Everything that was worth knowing, whether or not it was shown. */
export function Alerts({ view }: { readonly view: AlertsView }) {
  const { format } = usePage();
  const { rows, hasMore } = view;
  if (rows.length === 0) {
    return (
      <Empty
        id="no-alert"
        icon="alert"
        title="No alerts"
        lead={
          <>
            Nothing was out of the ordinary so far. What is worth knowing stands here, also what was never shown as a
            notification: spend that is much above the usual, the same done again and again, a budget that is being
            spent, and one that will not last.
          </>
        }
        actions={
          <button type="button" class="primary" onClick={() => send({ type: 'command', command: 'setBudget' })}>
            Set a budget…
          </button>
        }
      />
    );
  }
  return (
    <section class="block" aria-labelledby="alerts-title">
      <div class="block-head">
        <h2 id="alerts-title">
          Alerts <span class="count">{formatCount(rows.length, format)}</span>
        </h2>
        <div class="block-tools">
          <button type="button" class="secondary" onClick={() => send({ type: 'command', command: 'whyRise' })}>
            Why did spend rise?
          </button>
        </div>
      </div>
      <Scroll id="alerts">
        <table class="alerts">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Notification</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <AlertLine key={row.key} row={row} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {hasMore && <p class="muted small more">Older ones are not shown.</p>}
    </section>
  );
}

function AlertLine({ row }: { readonly row: AlertRow }) {
  const { format } = usePage();
  const causes = causesText(row, format);
  return (
    <tr>
      <th scope="row" class="number-start">
        {formatDateTime(row.atMs, format)}
      </th>
      <td>
        <strong class="alert-kind">{kindNames[row.kind]}</strong>
        {row.isNow && <span class="badge">now</span>}
        <span class="line">{alertText(row, format)}</span>
        {causes !== undefined && <span class="sub">Why: {causes}</span>}
      </td>
      <td class="muted">{row.isShown ? 'shown' : 'not shown'}</td>
    </tr>
  );
}
