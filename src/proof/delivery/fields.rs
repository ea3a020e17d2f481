//! The names and values of one object, taken one by one by whoever knows what should stand there. What is left over at the end is too much.

use std::ops::RangeInclusive;
use std::str::FromStr;

use super::bytes::decode_array;
use super::json::Value;
use super::statement::StatementError;
use crate::hash::Hash;

/// What is left of an object.
pub(super) struct Fields(Vec<(String, Value)>);

impl Fields {
    pub(super) fn new(members: Vec<(String, Value)>) -> Fields {
        Fields(members)
    }

    /// Takes what stands under this name, if anything does.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<Value> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.swap_remove(at).1)
    }

    fn value(&mut self, key: &'static str) -> Result<Value, StatementError> {
        self.optional(key).ok_or(StatementError::Missing { key })
    }

    pub(super) fn text(&mut self, key: &'static str) -> Result<String, StatementError> {
        match self.value(key)? {
            Value::Text(text) => Ok(text),
            Value::Number(_) | Value::List(_) | Value::Object(_) => {
                Err(StatementError::Value { key })
            }
        }
    }

    pub(super) fn number(&mut self, key: &'static str) -> Result<u64, StatementError> {
        match self.value(key)? {
            Value::Number(number) => Ok(number),
            Value::Text(_) | Value::List(_) | Value::Object(_) => {
                Err(StatementError::Value { key })
            }
        }
    }

    /// A number within these bounds, which fit its type.
    pub(super) fn within<T: TryFrom<u64>>(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<u64>,
    ) -> Result<T, StatementError> {
        let number = self.number(key)?;
        let number = Some(number).filter(|number| bounds.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or(StatementError::Value { key })
    }

    /// A value that has a text.
    pub(super) fn read<T: FromStr>(&mut self, key: &'static str) -> Result<T, StatementError> {
        let text = self.text(key)?;
        text.parse().map_err(|_| StatementError::Value { key })
    }

    /// Bytes, so many.
    pub(super) fn bytes<const N: usize>(
        &mut self,
        key: &'static str,
    ) -> Result<[u8; N], StatementError> {
        let text = self.text(key)?;
        decode_array(&text).ok_or(StatementError::Value { key })
    }

    pub(super) fn hash(&mut self, key: &'static str) -> Result<Hash, StatementError> {
        Ok(Hash::new(self.bytes(key)?))
    }

    pub(super) fn list(&mut self, key: &'static str) -> Result<Vec<Value>, StatementError> {
        match self.value(key)? {
            Value::List(list) => Ok(list),
            Value::Text(_) | Value::Number(_) | Value::Object(_) => {
                Err(StatementError::Value { key })
            }
        }
    }

    /// A list of objects, each read whole.
    pub(super) fn objects<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&mut Fields) -> Result<T, StatementError>,
    ) -> Result<Vec<T>, StatementError> {
        let items = self.list(key)?.into_iter();
        let items = items.map(|item| whole(item, key, &read));
        items.collect()
    }

    /// An object, read whole.
    pub(super) fn object<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&mut Fields) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        let value = self.value(key)?;
        whole(value, key, &read)
    }

    /// That nothing is left.
    pub(super) fn end(self) -> Result<(), StatementError> {
        match self.0.len() {
            0 => Ok(()),
            names => Err(StatementError::Unknown { names }),
        }
    }
}

fn whole<T>(
    value: Value,
    key: &'static str,
    read: &impl Fn(&mut Fields) -> Result<T, StatementError>,
) -> Result<T, StatementError> {
    let Value::Object(members) = value else {
        return Err(StatementError::Value { key });
    };
    let mut fields = Fields::new(members);
    let read = read(&mut fields)?;
    fields.end()?;
    Ok(read)
}
