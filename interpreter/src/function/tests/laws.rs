//! Laws that hold for all arguments.

use proptest::collection::vec;
use proptest::prelude::*;
use scn_protocol::{Value, json};

use super::super::{call, find};
use crate::ops::tests::evaluate::Still;
use crate::ops::{equal, number_from_text, order};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<String>().prop_map(Value::text),
        (any::<i64>(), 1..20_u32)
            .prop_filter("with a fraction", |(digits, _)| digits % 10 != 0)
            .prop_map(|(digits, scale)| Value::decimal(scn_protocol::Decimal::new(digits, scale))),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::list),
            vec((any::<String>(), inner), 0..4)
                .prop_map(|entries| Value::map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_goes_there_and_back(value in any_json()) {
        let text = json::to_plain_json(&value);
        let read = find("json").map(|json| call(json, &[Value::text(text)], &mut Still::default()));
        prop_assert_eq!(read, Some(Ok(value)));
    }

    #[test]
    fn sorting_orders_and_loses_nothing(numbers in vec(any::<i8>(), 0..20), texts in vec("[a-d]{0,3}", 0..20)) {
        let numbers = numbers.into_iter().map(|n| {
            if n % 2 == 0 { Value::Int(n.into()) } else { Value::decimal(scn_protocol::Decimal::new(n.into(), 1)) }
        });
        let texts = texts.into_iter().map(Value::text);
        for list in [numbers.collect::<Vec<_>>(), texts.collect()] {
            let sort = find("sort").map(|sort| call(sort, &[Value::list(list.clone())], &mut Still::default()));
            let Some(Ok(Value::List(sorted))) = sort else { panic!("{sort:?}") };
            prop_assert!(sorted.windows(2).all(|pair| order(&pair[0], &pair[1]).is_ok_and(|o| o.is_le())));
            let mut left = sorted.to_vec();
            for value in &list {
                let at = left.iter().position(|other| equal(other, value));
                prop_assert!(at.is_some());
                left.swap_remove(at.unwrap_or_default());
            }
            prop_assert!(left.is_empty());
        }
    }

    #[test]
    fn times_and_sizes_read_back_as_they_are_written(units in any::<i64>()) {
        for value in [Value::Duration(units), Value::Size(units)] {
            let read = number_from_text(&value.to_text());
            prop_assert_eq!(read, Some(value));
        }
    }
}
