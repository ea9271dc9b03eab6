create table orders (
  id integer primary key,
  side text not null check (side in ('buy', 'sell')),
  qty integer not null,
  price numeric(12, 4),
  note text
);
insert into orders values (1, 'buy', 100, 10.5, null), (2, 'sell', 50, 11, 'it''s; -- ?');
