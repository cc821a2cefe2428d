/**
 * The header of a table. The roles are explicit, because browsers may drop the semantics of a table that is not
 * displayed as a table.
 */
export const TableHead = ({ titles }: { readonly titles: readonly string[] }) => (
  <thead role="rowgroup">
    <tr role="row">
      {titles.map((title) => (
        <th key={title} scope="col" role="columnheader">
          {title}
        </th>
      ))}
    </tr>
  </thead>
);
