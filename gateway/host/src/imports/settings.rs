//! `archway:host/settings`: what the archive's TOML sets, checked, defaults filled in.

use crate::abi::v0_1::archway::host::settings::Host;
use crate::abi::v0_1::archway::host::types::Value;
use crate::abi::v0_1::value_to_wit;
use crate::instance::State;

impl Host for State {
    async fn get(&mut self, key: String) -> wasmtime::Result<Option<Value>> {
        self.budget.host_call()?;
        let found = self.surroundings.settings.iter().find(|(known, _)| *known == key);
        Ok(found.map(|(_, value)| value_to_wit(value)))
    }

    async fn all(&mut self) -> wasmtime::Result<Vec<(String, Value)>> {
        self.budget.host_call()?;
        let settings = self.surroundings.settings.iter();
        Ok(settings.map(|(key, value)| (key.clone(), value_to_wit(value))).collect())
    }
}
