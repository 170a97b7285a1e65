// Package clients holds the server to what client-go takes for granted. `deno task test:clients` starts the server and runs it.
package clients

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// How long a test waits for something that is to come.
const patience = 30 * time.Second

var namespaces atomic.Int64

func TestMain(m *testing.M) {
	if os.Getenv("KUBECONFIG") == "" {
		fmt.Println("KUBECONFIG is not set: run `deno task test:clients`")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func config(t *testing.T) *rest.Config {
	t.Helper()
	c, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	c.QPS, c.Burst = -1, -1
	c.WarningHandler = rest.NoWarnings{}
	return c
}

func clientset(t *testing.T) *kubernetes.Clientset {
	t.Helper()
	return kubernetes.NewForConfigOrDie(config(t))
}

// space makes a namespace that is deleted after the test.
func space(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("t%d-%d", os.Getpid(), namespaces.Add(1))
	c := clientset(t).CoreV1().Namespaces()
	_, err := c.Create(ctx(t), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() {
		_ = c.Delete(context.Background(), name, metav1.DeleteOptions{})
	})
	return name
}

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%T %v", err, err)
	}
}

func eventually(t *testing.T, what string, isSo func() (bool, error)) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(ctx(t), 50*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		ok, err := isSo()
		last = err
		return ok, nil
	})
	if err != nil {
		t.Fatalf("gave up waiting until %s (last error %v)", what, last)
	}
}

// restart ends the server with a signal and starts it again on the same data.
func restart(t *testing.T, signal string) {
	t.Helper()
	response, err := http.Post(os.Getenv("WHERRY_DOOR")+"/restart?signal="+signal, "", nil)
	must(t, err)
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Fatalf("restart answered %s", response.Status)
	}
}

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"k": "v"}}
}

func pod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "example.org/c:1"}}},
	}
}

func ptr[T any](v T) *T { return &v }
