/**
 * The header of a table. The roles are explicit, because some browsers drop the semantics of a table with a CSS display
 * value other than `table`.
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
