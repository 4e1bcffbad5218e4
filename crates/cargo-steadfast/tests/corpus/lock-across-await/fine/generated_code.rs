pub fn delegate(method: &Method) -> TokenStream {
    quote! {
        async fn #method(&self) -> Reply {
            self.inner.lock().await.call().await
        }
    }
}
