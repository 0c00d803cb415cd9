import { Icon } from './icon.tsx';

interface SegmentsProps<Value extends string> {
  /** Of the group of buttons, in the whole page. */
  readonly name: string;
  readonly legend: string;
  /** Whether the legend is read by the eye too. */
  readonly isLegendShown?: boolean;
  readonly isSmall?: boolean;
  readonly values: readonly Value[];
  readonly names: Readonly<Record<Value, string>>;
  readonly picked: Value;
  readonly onPick: (value: Value) => void;
}

/** One of a few, all of them in sight. */
export function Segments<Value extends string>(props: SegmentsProps<Value>) {
  const { name, legend, isLegendShown = false, isSmall = false, values, names, picked, onPick } = props;
  return (
    <fieldset class={isSmall ? 'segments small' : 'segments'}>
      <legend class={isLegendShown ? 'segments-legend' : 'hidden-text'}>{legend}</legend>
      {values.map(value => (
        <label key={value}>
          <input type="radio" name={name} value={value} checked={value === picked} onChange={() => onPick(value)} />
          <span>{names[value]}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface ChartOrTableProps {
  readonly isTable: boolean;
  readonly onChange: (isTable: boolean) => void;
}

/** Shows the numbers of a chart as a table, or as the chart again. */
export function ChartOrTable({ isTable, onChange }: ChartOrTableProps) {
  return (
    <button type="button" class="secondary with-icon" onClick={() => onChange(!isTable)}>
      <Icon name={isTable ? 'chart' : 'table'} />
      {isTable ? 'Show as chart' : 'Show as table'}
    </button>
  );
}

interface OrderSelectProps<Order extends string> {
  readonly orders: readonly Order[];
  readonly names: Readonly<Record<Order, string>>;
  readonly order: Order;
  readonly onPick: (order: Order) => void;
}

export function OrderSelect<Order extends string>({ orders, names, order, onPick }: OrderSelectProps<Order>) {
  return (
    <label class="select-label">
      <span class="hidden-text">Order</span>
      <select
        value={order}
        onChange={({ currentTarget: { value } }) => onPick(orders.find(known => known === value) ?? order)}
      >
        {orders.map(name => (
          <option key={name} value={name}>
            {names[name]}
          </option>
        ))}
      </select>
    </label>
  );
}

interface PagerProps {
  /** The first one is 0. */
  readonly page: number;
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
  readonly onPage: (page: number) => void;
}

/** Leads to the pages beside the one that is shown. Nothing where there is only one. */
export function Pager({ page, hasEarlier, hasLater, onPage }: PagerProps) {
  if (!hasEarlier && !hasLater) return null;
  return (
    <div class="pager">
      <button type="button" class="secondary" disabled={!hasEarlier} onClick={() => onPage(page - 1)}>
        Previous
      </button>
      <button type="button" class="secondary" disabled={!hasLater} onClick={() => onPage(page + 1)}>
        Next
      </button>
    </div>
  );
}
